from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcloud.loop import Loop, wait_for, zipped


@pytest.fixture
def role(loop: Loop) -> Iterator[str]:
    """The ARN of a role that is allowed nothing."""
    name = f"powerless-{uuid.uuid4().hex[:8]}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = loop.client("iam")
    yield iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def allow(loop: Loop, role: str, action: str, resource: str, condition: dict[str, Any] | None = None) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition or {}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = role.rsplit("/", 1)[-1]
    loop.client("iam").put_role_policy(RoleName=name, PolicyName=uuid.uuid4().hex, PolicyDocument=document)
    # A decision is remembered for a second.
    time.sleep(1.1)


def run(loop: Loop, role: str, task: dict[str, Any]) -> dict[str, Any]:
    definition = json.dumps({"StartAt": "Do", "States": {"Do": {"Type": "Task", "End": True, **task}}})
    machine = loop.client("stepfunctions").create_state_machine(
        name=f"asks-{uuid.uuid4().hex[:8]}", definition=definition, roleArn=role
    )["stateMachineArn"]
    return loop.ended(loop.start(machine, {}))


def test_a_state_machine_invokes_only_what_its_role_allows(loop: Loop, role: str) -> None:
    arn = loop.client("lambda").get_function(FunctionName=loop["Probe"])["Configuration"]["FunctionArn"]
    task = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": arn, "Payload": {"n": 1}},
    }
    refused = run(loop, role, task)
    assert refused["error"] == "Lambda.AWSLambdaException"
    assert f"not authorized to perform: lambda:InvokeFunction on resource: {arn}" in refused["cause"]
    allow(loop, role, "lambda:InvokeFunction", arn)
    assert run(loop, role, task)["status"] == "SUCCEEDED"


def test_a_state_machine_calls_only_the_operations_its_role_allows(loop: Loop, role: str) -> None:
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    task = {
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
        "Parameters": {"TableName": loop["Table"], "Key": key},
    }
    assert run(loop, role, task)["error"] == "DynamoDb.AccessDeniedException"
    table = f"arn:aws:dynamodb:{loop.endpoint.region}:{loop.endpoint.account}:table/{loop['Table']}"
    allow(loop, role, "dynamodb:GetItem", table)
    assert run(loop, role, task)["status"] == "SUCCEEDED"


def test_a_task_is_run_only_with_a_role_that_may_be_passed(loop: Loop, role: str) -> None:
    task = {
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": loop["Cluster"],
            "TaskDefinition": loop["TaskDefinition"],
            "LaunchType": "FARGATE",
        },
    }
    assert "ecs:RunTask" in run(loop, role, task)["cause"]
    allow(loop, role, "ecs:RunTask", loop["TaskDefinition"])
    refused = run(loop, role, task)
    assert refused["error"] == "ECS.AccessDeniedException"
    assert "iam:PassRole" in refused["cause"]


def test_a_task_is_run_only_in_the_cluster_that_the_role_names(loop: Loop, role: str) -> None:
    asked = {"TaskDefinition": loop["TaskDefinition"], "LaunchType": "FARGATE"}
    prefix = f"arn:aws:ecs:{loop.endpoint.region}:{loop.endpoint.account}:cluster/"
    condition = {"ArnEquals": {"ecs:cluster": f"{prefix}{loop['Cluster'].rsplit('/', 1)[-1]}"}}
    allow(loop, role, "ecs:RunTask", loop["TaskDefinition"], condition)

    def refusal(cluster: str) -> str:
        parameters = {**asked, "Cluster": cluster}
        resource = "arn:aws:states:::ecs:runTask.sync"
        return str(run(loop, role, {"Resource": resource, "Parameters": parameters})["cause"])

    assert "perform: ecs:RunTask" in refusal("another")
    # Gets past RunTask, to the next thing that it would need.
    assert "perform: iam:PassRole" in refusal(loop["Cluster"])


def test_a_rule_starts_only_what_its_role_allows(loop: Loop, role: str) -> None:
    name, marker = f"starts-{uuid.uuid4().hex[:6]}", uuid.uuid4().hex
    queue, queue_arn = loop.queue(name, "events.amazonaws.com")
    target = {"Id": "m", "Arn": loop["LoopMachine"], "RoleArn": role, "DeadLetterConfig": {"Arn": queue_arn}}
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": [marker]}))
    loop.client("events").put_targets(Rule=name, Targets=[target])
    loop.client("events").put_events(Entries=[{"Source": marker, "DetailType": "Any", "Detail": "{}"}])
    letter = wait_for(
        lambda: (
            loop.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages")
        )
    )[0]
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_rule_invokes_only_a_function_that_admits_it(loop: Loop) -> None:
    name, marker = f"invokes-{uuid.uuid4().hex[:6]}", uuid.uuid4().hex
    events, group = (
        loop.client("events"),
        loop.invoke("Small", {"environment": 1})["AWS_LAMBDA_LOG_GROUP_NAME"],
    )
    arn = loop.client("lambda").get_function(FunctionName=loop["Small"])["Configuration"]["FunctionArn"]
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [marker]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "f", "Arn": arn, "InputPath": "$.detail"}])
    entry = {"Source": marker, "DetailType": "Any", "Detail": json.dumps({"print": [marker]})}
    events.put_events(Entries=[entry])
    time.sleep(0.5)
    assert loop.log_messages(group, marker) == []
    loop.admit("Small", "events.amazonaws.com", source=rule)
    time.sleep(1.1)
    events.put_events(Entries=[entry])
    wait_for(lambda: loop.log_messages(group, marker))


def test_an_api_invokes_only_a_function_that_admits_it(loop: Loop) -> None:
    gateway, lambda_ = loop.client("apigatewayv2"), loop.client("lambda")
    arn = lambda_.get_function(FunctionName=loop["Small"])["Configuration"]["FunctionArn"]
    integration = gateway.create_integration(
        ApiId=loop["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(
        ApiId=loop["ApiId"], RouteKey="POST /models/{model}/ask", Target=f"integrations/{integration}"
    )
    assert loop.http("POST", "/models/a/ask", {"a": 1}) == (500, {"message": "Internal Server Error"})
    api = f"arn:aws:execute-api:{loop.endpoint.region}:{loop.endpoint.account}:{loop['ApiId']}"
    loop.admit("Small", "apigateway.amazonaws.com", source=f"{api}/*/*/models/{{model}}/ask")
    time.sleep(1.1)
    assert loop.http("POST", "/models/a/ask", {"a": 1})[0] == 200


def test_a_function_that_may_not_write_its_log_leaves_none(loop: Loop, role: str) -> None:
    lambda_, name = loop.client("lambda"), f"silent-{uuid.uuid4().hex[:6]}"
    package = zipped("def handler(event, context):\n    print(event)\n")
    lambda_.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="released.handler",
        Role=role,
        Code={"ZipFile": package},
    )
    loop.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    loop.invoke(name, "unheard")
    assert loop.log_messages(f"/aws/lambda/{name}") == []
    logs = f"arn:aws:logs:{loop.endpoint.region}:{loop.endpoint.account}:log-group"
    allow(loop, role, "logs:*", f"{logs}:/aws/lambda/{name}:*")
    loop.invoke(name, "heard")
    assert "heard" in loop.log_messages(f"/aws/lambda/{name}")
