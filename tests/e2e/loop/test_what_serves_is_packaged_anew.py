from __future__ import annotations

import json

from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product, Traffic


def deploy_anew(product: Product) -> int:
    """Deploys the model's stack with more memory for its inference function; the memory that it had, in MB."""
    cloudformation = product.client("cloudformation")
    stack = product.deployment.stack_of(MODEL)
    template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    [function] = [
        each
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function"
        and each["Properties"]["Environment"]["Variables"]["KEEPFIT_FUNCTION"] == "predict_unreleased"
    ]
    memory = function["Properties"]["MemorySize"]
    function["Properties"]["MemorySize"] = memory + 64
    # One that fits no request is read from a bucket.
    bucket = product.deployment.platform("ArtifactsBucket")
    product.client("s3").put_object(Bucket=bucket, Key="template.json", Body=json.dumps(template).encode())
    url = f"https://s3.{cloudformation.meta.region_name}.amazonaws.com/{bucket}/template.json"
    cloudformation.update_stack(StackName=stack, TemplateURL=url, Capabilities=["CAPABILITY_NAMED_IAM"])
    product.client("s3").delete_object(Bucket=bucket, Key="template.json")
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    return int(memory)


def started_by_the_deployment(product: Product) -> str | None:
    """The ARN of the execution that a deployment started."""
    states = product.client("stepfunctions")
    for execution in product.watch.executions():
        arn = str(execution["executionArn"])
        if json.loads(states.describe_execution(executionArn=arn)["input"])["source"] == "aws.cloudformation":
            return arn
    return None


def test_a_champion_takes_what_was_deployed_by_a_canary_and_nobody_notices(released: Product) -> None:
    champion, before = released.champion, released.deployment.routing(MODEL)
    learned = released.deployment.runs(MODEL).admission().fingerprint
    known = len(released.deployment.ledger(MODEL).entries())
    traffic = Traffic(released, world.january_requests())
    memory = deploy_anew(released)
    execution = released.watch.until(
        "the release of what was deployed", lambda: started_by_the_deployment(released)
    )
    assert released.ended(execution, meanwhile=traffic.while_baking)["status"] == "SUCCEEDED"
    again = released.keepfit("release", MODEL, "--wait")
    assert (again["outcome"], again["reason"]) == (
        "champion kept",
        "it serves already, and would be packaged as it is",
    )
    after = released.deployment.routing(MODEL)
    assert after.canary is None
    assert after.lambda_version != before.lambda_version
    assert released.champion.version == champion.version
    moves = released.deployment.ledger(MODEL).entries()[known:]
    assert [(move.action, move.version) for move in moves] == [
        ("canary", champion.version),
        ("promote", champion.version),
    ]
    run = released.run_of(execution)
    assert run is not None
    assert (run.outcome, run.version, run.data) == ("released", champion.version, {})
    assert (run.trigger.kind, run.trigger.detail["status"]) == ("deployment", "UPDATE_COMPLETE")
    assert released.deployment.runs(MODEL).admission().fingerprint == learned
    assert traffic.replies
    assert traffic.failed == []
    configured = released.client("lambda").get_function_configuration(
        FunctionName=released.deployment.model(MODEL)["PredictFunction"], Qualifier=after.lambda_version
    )
    assert configured["MemorySize"] == memory + 64
