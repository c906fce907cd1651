"""The actions that services take by themselves, with the role that a resource gives them.

Each from the service's documentation on the role that it needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from planning.templates import Json, states

# Lambda writes what a function prints, and sends on what a function that nobody waited for could not handle.
_FUNCTION_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
_SEND = "sqs:SendMessage"
# The ECS agent pulls the image and writes what the task prints.
_TASK_IMAGE = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
)
_TASK_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
# Step Functions runs a task, follows it by a rule of its own, and stops it where the execution is stopped.
_RUN_TASK = (
    "ecs:RunTask",
    "ecs:StopTask",
    "ecs:DescribeTasks",
    "events:PutTargets",
    "events:PutRule",
    "events:DescribeRule",
    "iam:PassRole",
)
# So it does with a job of Spark.
_RUN_JOB = (
    "emr-serverless:StartJobRun",
    "emr-serverless:GetJobRun",
    "emr-serverless:CancelJobRun",
    "events:PutTargets",
    "events:PutRule",
    "events:DescribeRule",
    "iam:PassRole",
)
# It starts an execution for each item of a distributed Map, and may read the items from an object.
_CHILDREN = ("states:StartExecution", "states:DescribeExecution", "states:StopExecution")
_ITEMS = ("s3:GetObject", "s3:ListBucket")
# It sets up the delivery of its log when the machine is made or changed.
_MACHINE_LOG = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_JOB = ("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
# Firehose writes objects in parts, and looks at where.
_STREAM = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
_SUBSCRIPTION = ("firehose:PutRecord", "firehose:PutRecordBatch")
_TARGETS = {
    "AWS::Lambda::Function": "lambda:InvokeFunction",
    "AWS::StepFunctions::StateMachine": "states:StartExecution",
}


def of_function(properties: Json) -> Iterator[tuple[str, str]]:
    yield from ((action, "Lambda (log)") for action in _FUNCTION_LOG)
    if "DeadLetterConfig" in properties:
        yield _SEND, "Lambda (failed events)"
    variables = properties["Environment"]["Variables"]
    # A module that the signature of a release names asks by plain HTTPS, and no import leads to it.
    if variables["KEEPFIT_FUNCTION"] == "predict_unreleased" and "KEEPFIT_ONLINE_TABLE" in variables:
        yield "dynamodb:BatchGetItem", "features that are looked up"
    # By plain HTTPS, too.
    if "KEEPFIT_QUOTAS_TABLE" in variables:
        yield "dynamodb:UpdateItem", "what clients with quotas send"
    if (variables["KEEPFIT_FUNCTION"], "KEEPFIT_CONTAINER" in variables) == ("prepare_release", True):
        yield "iam:PassRole", "ECS (roles of the tasks that it registers)"


def of_task(properties: Json) -> Iterator[tuple[str, str]]:
    yield from ((action, "ECS (image)") for action in _TASK_IMAGE)
    if any("LogConfiguration" in container for container in properties["ContainerDefinitions"]):
        yield from ((action, "ECS (log)") for action in _TASK_LOG)


def of_machine(properties: Json) -> Iterator[tuple[str, str]]:
    for name, state in states(properties["Definition"]):
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield from ((action, f"the state {name}") for action in _CHILDREN)
        if "ItemReader" in state:
            yield from ((action, f"the state {name}") for action in _ITEMS)
        match state.get("Resource"):
            case {"Fn::GetAtt": _}:
                yield "lambda:InvokeFunction", f"the state {name}"
            case {"Fn::Join": [_, [*_, str(integration)]]} if integration.endswith("ecs:runTask.sync"):
                yield from ((action, f"the state {name}") for action in _RUN_TASK)
            case {"Fn::Join": [_, [*_, str(integration)]]} if integration.endswith("startJobRun.sync"):
                yield from ((action, f"the state {name}") for action in _RUN_JOB)
            case {"Fn::Join": [_, [*_, str(integration)]]} if integration.endswith("invoke.waitForTaskToken"):
                yield "lambda:InvokeFunction", f"the state {name}"
            case None:
                pass
            case other:
                raise AssertionError(f"the state {name} asks for {other}: say here which actions that needs")
    if "LoggingConfiguration" in properties:
        yield from ((action, "Step Functions (log)") for action in _MACHINE_LOG)


def of_job(_: Json) -> Iterator[tuple[str, str]]:
    """Spark reads Parquet and its script, and writes results in place of an attempt's before."""
    yield from ((action, "Spark (join)") for action in _JOB)


def of_stream(_: Json) -> Iterator[tuple[str, str]]:
    yield from ((action, "Firehose (delivery)") for action in _STREAM)


def of_subscription(_: Json) -> Iterator[tuple[str, str]]:
    yield from ((action, "CloudWatch Logs (subscription)") for action in _SUBSCRIPTION)


def of_target(kind: str) -> tuple[str, str]:
    """What a rule or a schedule does to its target."""
    return _TARGETS[kind], "EventBridge (target)"


def of_schedule(properties: Json) -> Iterator[tuple[str, str]]:
    """All schedules have one role: those of training too, which a model has only where its definition wants one."""
    yield _TARGETS["AWS::StepFunctions::StateMachine"], "EventBridge Scheduler (retraining.schedule)"
    if "DeadLetterConfig" in properties["Target"]:
        yield _SEND, "EventBridge Scheduler (failed events)"


BY_THEMSELVES = {
    ("AWS::ECS::TaskDefinition", "ExecutionRoleArn"): ("ECS before a task", of_task),
    ("AWS::StepFunctions::StateMachine", "RoleArn"): ("state machine", of_machine),
    (
        "AWS::StepFunctions::StateMachine",
        "Definition.States.JoinFeatures.Parameters.ExecutionRoleArn",
    ): ("Spark job", of_job),
    ("AWS::KinesisFirehose::DeliveryStream", "ExtendedS3DestinationConfiguration.RoleARN"): (
        "delivery stream",
        of_stream,
    ),
    ("AWS::Logs::SubscriptionFilter", "RoleArn"): ("log subscription", of_subscription),
}
