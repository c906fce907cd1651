from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.deployer import deploy, destroy
from localcloud.endpoint import Endpoint
from localcloud.errors import DeploymentFailed
from tests.localcloud.loop import Loop


def assembled(
    folder: Path, stacks: dict[str, dict[str, Any]], dependencies: dict[str, list[str]] | None = None
) -> Path:
    """A cloud assembly of plain templates."""
    artifacts = {}
    for name, resources in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(resources))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": (dependencies or {}).get(name, []),
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    return folder


def queue(name: str, **properties: Any) -> dict[str, Any]:
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}
    return {"Resources": {"Queue": resource}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}


def test_stacks_are_created_updated_and_left_alone(cloud: Endpoint, tmp_path: Path) -> None:
    told: list[str] = []
    folder = assembled(tmp_path, {"plain-one": queue("plain-one")})
    first = deploy(cloud, folder, told.append)
    assert first["plain-one"]["Url"].endswith("/plain-one")
    assert deploy(cloud, folder) == first
    deploy(cloud, assembled(tmp_path, {"plain-one": queue("plain-one", VisibilityTimeout=77)}), told.append)
    attributes = cloud.client("sqs").get_queue_attributes(
        QueueUrl=first["plain-one"]["Url"], AttributeNames=["VisibilityTimeout"]
    )
    assert attributes["Attributes"]["VisibilityTimeout"] == "77"
    assert told == ["creating plain-one", "updating plain-one"]
    destroy(cloud, folder, told.append)
    assert told[-1] == "deleting plain-one"
    with pytest.raises(ClientError):
        cloud.client("cloudformation").describe_stacks(StackName="plain-one")
    destroy(cloud, folder)


def test_a_value_crosses_from_one_stack_to_another_in_the_order_of_their_dependency(
    cloud: Endpoint, tmp_path: Path
) -> None:
    exporting = queue("exported")
    exporting["Outputs"]["Url"]["Export"] = {"Name": "the-queue"}
    importing = queue("importing")
    importing["Outputs"]["Other"] = {"Value": {"Fn::ImportValue": "the-queue"}}
    told: list[str] = []
    stacks = {"a-importing": importing, "z-exporting": exporting}
    folder = assembled(tmp_path, stacks, {"a-importing": ["z-exporting"]})
    deployed = deploy(cloud, folder, told.append)
    assert told == ["creating z-exporting", "creating a-importing"]
    assert deployed["a-importing"]["Other"].endswith("/exported")
    with pytest.raises(DeploymentFailed, match="the-queue"):
        destroy(cloud, assembled(tmp_path, {"z-exporting": exporting}))
    destroy(cloud, assembled(tmp_path, stacks, {"a-importing": ["z-exporting"]}))


def test_a_failure_names_the_resource_and_the_reason(cloud: Endpoint, tmp_path: Path) -> None:
    broken = {"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "m"}}}}
    folder = assembled(tmp_path, {"failing": broken})
    with pytest.raises(
        DeploymentFailed, match=r"failing ended as ROLLBACK_COMPLETE:\n  Alarm \(AWS::CloudWatch::Alarm\):"
    ):
        deploy(cloud, folder)
    repaired = assembled(tmp_path, {"failing": queue("repaired")})
    assert deploy(cloud, repaired)["failing"]["Url"].endswith("/repaired")


def test_a_resource_type_that_nobody_knows_is_an_error(cloud: Endpoint, tmp_path: Path) -> None:
    unknown = {"Resources": {"Thing": {"Type": "AWS::CodeDeploy::Application", "Properties": {}}}}
    with pytest.raises(DeploymentFailed, match="CodeDeploy"):
        deploy(cloud, assembled(tmp_path, {"unknown": unknown}))


def test_a_folder_without_an_assembly_is_an_error(cloud: Endpoint, tmp_path: Path) -> None:
    with pytest.raises(DeploymentFailed, match="Synthesize the app first"):
        deploy(cloud, tmp_path)


def test_deploying_again_uploads_and_changes_nothing(loop: Loop, assembly: Path) -> None:
    told: list[str] = []
    before = loop.client("lambda").get_alias(FunctionName=loop["ServingName"], Name="live")["RevisionId"]
    outputs = deploy(loop.endpoint, assembly, told.append)
    assert outputs["loop-platform"]["OutputBucket"] == loop["Bucket"]
    assert told == ["updating loop-platform", "updating loop-model"]
    assert (
        loop.client("lambda").get_alias(FunctionName=loop["ServingName"], Name="live")["RevisionId"] == before
    )


def released(description: str) -> dict[str, Any]:
    """A function whose alias has constant properties, as the product's has."""
    role = {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ]
        }
    }
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context):\n    return context.function_version\n"},
        "FunctionName": "kept-alias",
        "Description": description,
    }
    version = {"FunctionName": {"Ref": "Function"}}
    alias = {**version, "Name": "live", "FunctionVersion": {"Fn::GetAtt": ["First", "Version"]}}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "First": {"Type": "AWS::Lambda::Version", "Properties": version},
            "Live": {"Type": "AWS::Lambda::Alias", "Properties": alias},
        }
    }


def test_an_update_of_a_stack_never_moves_an_alias_back(cloud: Endpoint, tmp_path: Path) -> None:
    lambda_ = cloud.client("lambda")
    deploy(cloud, assembled(tmp_path, {"kept-alias": released("first")}))
    lambda_.update_function_configuration(FunctionName="kept-alias", Description="second")
    lambda_.get_waiter("function_updated_v2").wait(FunctionName="kept-alias", WaiterConfig={"Delay": 1})
    second = lambda_.publish_version(FunctionName="kept-alias")["Version"]
    moved = lambda_.update_alias(FunctionName="kept-alias", Name="live", FunctionVersion=second)
    deploy(cloud, assembled(tmp_path, {"kept-alias": released("third")}))
    assert lambda_.get_function(FunctionName="kept-alias")["Configuration"]["Description"] == "third"
    alias = lambda_.get_alias(FunctionName="kept-alias", Name="live")
    assert (alias["FunctionVersion"], alias["RevisionId"]) == (second, moved["RevisionId"])
    assert {each["Version"] for each in lambda_.list_versions_by_function(FunctionName="kept-alias")["Versions"]} == {
        "$LATEST", "1", second,
    }  # fmt: skip


def test_a_function_whose_package_is_missing_is_an_error(cloud: Endpoint, tmp_path: Path) -> None:
    template = released("packageless")
    template["Resources"]["Function"]["Properties"]["FunctionName"] = "packageless"
    template["Resources"]["Function"]["Properties"]["Code"] = {
        "S3Bucket": "no-such-bucket",
        "S3Key": "none.zip",
    }
    with pytest.raises(DeploymentFailed, match=r"Function \(AWS::Lambda::Function\)"):
        deploy(cloud, assembled(tmp_path, {"packageless": template}))
