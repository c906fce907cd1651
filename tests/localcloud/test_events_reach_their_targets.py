from __future__ import annotations

import json
import time
import uuid
from typing import Any

from tests.localcloud.loop import Loop, wait_for


def refused(loop: Loop, queue: str, marker: str) -> dict[str, Any] | None:
    """The dead letter that speaks of ``marker``."""
    found = loop.client("sqs").receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
    )
    for message in found.get("Messages", []):
        if marker in message["Body"]:
            return dict(message)
    return None


def test_an_upload_invokes_the_function_once_more_when_it_fails_and_then_gives_up(loop: Loop) -> None:
    key = f"intake/{uuid.uuid4().hex}.csv"
    group = loop.client("lambda").get_function(FunctionName=loop["Listener"])["Configuration"][
        "LoggingConfig"
    ]["LogGroup"]
    rule = {"source": ["test"], "detail": {"raise": ["Quarantined"]}}
    name = f"failing-{uuid.uuid4().hex[:6]}"
    arn = loop.admit("Listener", "events.amazonaws.com")
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps(rule))
    loop.client("events").put_targets(Rule=name, Targets=[{"Id": "f", "Arn": arn, "InputPath": "$.detail"}])
    detail = {"raise": "Quarantined", "message": key}
    loop.client("events").put_events(
        Entries=[{"Source": "test", "DetailType": "Failing", "Detail": json.dumps(detail)}]
    )
    letter = wait_for(lambda: refused(loop, loop["DeadLetters"], key))
    record = json.loads(letter["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestPayload"] == detail
    assert record["responsePayload"]["errorType"] == "Quarantined"
    assert len(loop.log_messages(group, f'"[ERROR] Quarantined: {key}"')) == 2


def test_an_upload_to_the_bucket_reaches_the_function_behind_the_rule(loop: Loop) -> None:
    key = f"intake/{uuid.uuid4().hex}.csv"
    group = loop.client("lambda").get_function(FunctionName=loop["Listener"])["Configuration"][
        "LoggingConfig"
    ]["LogGroup"]
    before = len(loop.log_messages(group, '"START RequestId"'))
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key=f"elsewhere/{uuid.uuid4().hex}", Body=b"x")
    loop.client("s3").put_object(Bucket=loop["Bucket"], Key=key, Body=b"x")
    assert wait_for(lambda: len(loop.log_messages(group, '"START RequestId"')) == before + 1)


def test_an_object_event_names_the_version_that_it_is_about(loop: Loop) -> None:
    name, s3 = f"versions-{uuid.uuid4().hex[:6]}", loop.client("s3")
    queue, queue_arn = loop.queue(name, "events.amazonaws.com")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    loop.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    written = {s3.put_object(Bucket=name, Key="a", Body=body)["VersionId"] for body in (b"1", b"2", b"3")}

    def told() -> set[str] | None:
        found = loop.client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        heard = {
            json.loads(one["Body"])["detail"]["object"]["version-id"] for one in found.get("Messages", [])
        }
        return heard if len(heard) == len(written) else None

    assert wait_for(told) == written


def test_what_has_no_target_goes_to_the_targets_dead_letter_queue(loop: Loop) -> None:
    name, marker = f"lost-{uuid.uuid4().hex[:6]}", uuid.uuid4().hex
    queue, queue_arn = loop.queue(name, "events.amazonaws.com")
    gone = f"arn:aws:lambda:{loop.endpoint.region}:{loop.endpoint.account}:function:gone"
    target = {"Id": "gone", "Arn": gone, "DeadLetterConfig": {"Arn": queue_arn}}
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps({"source": [marker]}))
    loop.client("events").put_targets(Rule=name, Targets=[target])
    loop.client("events").put_events(Entries=[{"Source": marker, "DetailType": "Lost", "Detail": "{}"}])
    letter = wait_for(lambda: refused(loop, queue, marker))
    assert letter["MessageAttributes"]["TARGET_ARN"]["StringValue"] == gone
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "RESOURCE_NOT_FOUND"


def test_an_asynchronous_invocation_of_an_alias_goes_by_the_aliass_own_settings(loop: Loop) -> None:
    # The alias is configured for one retry, the function for none.
    group = loop.invoke("AliasArn", {"environment": 1})["AWS_LAMBDA_LOG_GROUP_NAME"]
    marker = uuid.uuid4().hex
    event = json.dumps({"raise": "Quarantined", "message": marker})
    loop.client("lambda").invoke(FunctionName=loop["AliasArn"], InvocationType="Event", Payload=event)
    wait_for(lambda: len(loop.log_messages(group, f'"[ERROR] Quarantined: {marker}"')) == 2)
    time.sleep(2.5)
    assert len(loop.log_messages(group, f'"[ERROR] Quarantined: {marker}"')) == 2


def test_an_event_that_a_function_fails_on_goes_to_the_functions_dead_letter_queue(loop: Loop) -> None:
    marker = uuid.uuid4().hex
    event = {"raise": "Quarantined", "message": marker}
    loop.client("lambda").invoke(
        FunctionName=loop["Quitter"], InvocationType="Event", Payload=json.dumps(event)
    )
    letter = wait_for(lambda: refused(loop, loop["DeadLetters"], marker))
    assert json.loads(letter["Body"]) == event
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == marker


def test_a_deployment_is_told_when_it_is_complete(loop: Loop) -> None:
    name, cloudformation = f"told-{uuid.uuid4().hex[:6]}", loop.client("cloudformation")
    queue, queue_arn = loop.queue(name, "events.amazonaws.com")
    status = {"status-details": {"status": ["UPDATE_COMPLETE"]}}
    stacks = {"stack-id": [{"wildcard": f"arn:*:cloudformation:*:stack/{name}*/*"}]}
    pattern = {"source": ["aws.cloudformation"], "detail": {**status, **stacks}}
    loop.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    loop.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])

    def template(seconds: int) -> str:
        properties = {"QueueName": f"{name}-own", "VisibilityTimeout": seconds}
        return json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}})

    stack = cloudformation.create_stack(StackName=name, TemplateBody=template(30))["StackId"]
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    cloudformation.update_stack(StackName=name, TemplateBody=template(40))

    def told() -> dict[str, Any] | None:
        found = loop.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return next((json.loads(one["Body"]) for one in found.get("Messages", [])), None)

    event = wait_for(told)
    assert event["detail-type"] == "CloudFormation Stack Status Change"
    assert event["detail"]["stack-id"] == stack
    assert event["detail"]["status-details"]["status"] == "UPDATE_COMPLETE"
    cloudformation.delete_stack(StackName=name)
