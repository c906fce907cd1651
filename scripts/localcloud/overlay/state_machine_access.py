"""Restricts a state machine to the permissions of its role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core import iam_actions, responses
from ministack.services import ecs, lambda_svc, stepfunctions

from localcloud.overlay import executions, service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

# Step Functions follows tasks and jobs through event rules of these names, which its role must be allowed to manage.
_TASK_RULE = "StepFunctionsGetEventsForECSTaskRule"
_JOB_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
_OPTIMIZED = {
    "dynamodb": ("dynamodb", "TableName", "dynamodb", "table/"),
    "sns": ("sns", "TopicArn", "", ""),
    "states": ("states", "StateMachineArn", "", ""),
}
Need = tuple[str, str]


def install(cloud: CloudContext) -> None:
    """Checks the permission before every call."""
    expect(iam_actions, "SERVICE_TO_IAM_NAMESPACE")
    expect(stepfunctions, "_AWS_SDK_SERVICE_MAP")
    expect(stepfunctions, "_prefix_sdk_error", params="service_name,error_code")
    expect(ecs, "_resolve_td_key", params="ref")
    wrap(stepfunctions, "_invoke_resource", _permitted, params="resource,input_data")
    wrap(
        stepfunctions,
        "_invoke_with_callback",
        _permitted_callback,
        params="resource,input_data,token,state_def",
    )


def _permitted(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_permitted(resource: str, input_data: Any) -> Any:
        _require(resource, input_data)
        return invoke(resource, input_data)

    return invoke_permitted


def _permitted_callback(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_permitted(resource: str, input_data: Any, token: str, state_def: dict[str, Any]) -> Any:
        _require(resource, input_data)
        return invoke(resource, input_data, token, state_def)

    return invoke_permitted


def _require(resource: str, input_data: Any) -> None:
    role = executions.role()
    if role is None:
        return
    for action, arn in _needs(resource, input_data if isinstance(input_data, dict) else {}):
        if not service_access.role_allows(role, action, arn, **_context(action, input_data)):
            message = service_access.refusal(role, action, arn)
            service_access.report(message)
            raise stepfunctions._ExecutionError(_error(resource), message)


def _context(action: str, parameters: dict[str, Any]) -> dict[str, str]:
    if action == "iam:PassRole":
        to = "emr-serverless" if "ExecutionRoleArn" in parameters else "ecs-tasks"
        return {"iam_passedtoservice": f"{to}.amazonaws.com"}
    if action == "ecs:RunTask":
        cluster = str(parameters.get("Cluster") or "default")
        return {"ecs_cluster": cluster if cluster.startswith("arn:") else _arn("ecs", f"cluster/{cluster}")}
    return {}


def _error(resource: str) -> str:
    if "lambda" in resource:
        return "Lambda.AWSLambdaException"
    if ":aws-sdk:" in resource:
        return str(stepfunctions._prefix_sdk_error(resource.split(":")[6], "AccessDeniedException"))
    return {
        "ecs": "ECS.AccessDeniedException",
        "emr-serverless": "EMRServerless.AccessDeniedException",
    }.get(resource.split(":")[5], "States.Permissions")


def _needs(resource: str, parameters: dict[str, Any]) -> Iterator[Need]:
    if resource.startswith("arn:aws:lambda:"):
        yield "lambda:InvokeFunction", resource
    elif ":states:::lambda:invoke" in resource:
        yield "lambda:InvokeFunction", _function_arn(parameters.get("FunctionName", ""))
    elif ":states:::ecs:runTask" in resource:
        yield from _task_needs(parameters, followed=".sync" in resource)
    elif ":states:::emr-serverless:startJobRun" in resource:
        yield from _job_needs(parameters, followed=".sync" in resource)
    elif ":states:::aws-sdk:" in resource:
        yield from _sdk_needs(resource, parameters)
    elif ":states:::sqs:" in resource:
        queue = parameters.get("QueueUrl", "").rstrip("/").split("/")
        yield "sqs:SendMessage", _arn("sqs", queue[-1])
    elif ":states:::events:" in resource:
        for entry in parameters.get("Entries") or []:
            bus = str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
            yield "events:PutEvents", _arn("events", f"event-bus/{bus}")
    else:
        yield from _optimized_needs(resource, parameters)


def _optimized_needs(resource: str, parameters: dict[str, Any]) -> Iterator[Need]:
    service, _, operation = resource.partition(":states:::")[2].partition(":")
    if service in _OPTIMIZED:
        namespace, member, own, prefix = _OPTIMIZED[service]
        name = str(parameters.get(member, ""))
        action = operation.split(".")[0]
        yield (
            f"{namespace}:{action[:1].upper()}{action[1:]}",
            name if name.startswith("arn:") else _arn(own, prefix + name),
        )


def _function_arn(name: str) -> str:
    return name if name.startswith("arn:") else str(lambda_svc._func_arn(name))


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{responses.get_region()}:{responses.get_account_id()}:{resource}"


def _task_needs(parameters: dict[str, Any], *, followed: bool) -> Iterator[Need]:
    key = ecs._resolve_td_key(parameters.get("TaskDefinition", ""))
    definition = ecs._task_defs.get(key) or {}
    yield "ecs:RunTask", definition.get("taskDefinitionArn") or _arn("ecs", f"task-definition/{key}")
    for role in ("taskRoleArn", "executionRoleArn"):
        if definition.get(role):
            yield "iam:PassRole", definition[role]
    if followed:
        yield from _rule_needs(_TASK_RULE)


def _job_needs(parameters: dict[str, Any], *, followed: bool) -> Iterator[Need]:
    application = _arn("emr-serverless", f"/applications/{parameters.get('ApplicationId', '')}")
    yield "emr-serverless:StartJobRun", application
    yield "iam:PassRole", str(parameters.get("ExecutionRoleArn", ""))
    if followed:
        for action in ("emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"):
            yield action, f"{application}/jobruns/any"
        yield from _rule_needs(_JOB_RULE)


def _rule_needs(rule: str) -> Iterator[Need]:
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        yield action, _arn("events", f"rule/{rule}")


def _sdk_needs(resource: str, parameters: dict[str, Any]) -> Iterator[Need]:
    service, action = resource.split(":")[6:8]
    known = stepfunctions._AWS_SDK_SERVICE_MAP.get(service.lower()) or {}
    key = known.get("service_key", service.lower())
    namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(key, key)
    operation = action.split(".")[0]
    name = f"{namespace}:{operation[:1].upper()}{operation[1:]}"
    if key == "lambda":
        yield name, _function_arn(parameters.get("FunctionName", ""))
    elif key == "s3":
        place = "/".join(str(parameters[part]) for part in ("Bucket", "Key") if part in parameters)
        yield ("s3:ListBucket" if operation.startswith("list") else name), f"arn:aws:s3:::{place}"
    else:
        spelled = {each[:1].lower() + each[1:]: value for each, value in parameters.items()} | parameters
        query = {each: [str(value)] for each, value in parameters.items()}
        body = json.dumps(spelled, default=str).encode()
        region, account = responses.get_region(), responses.get_account_id()
        yield name, iam_actions.extract_resource_arn(key, "POST", "/", {}, body, query, region, account)
