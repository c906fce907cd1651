from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.loop import Loop

NAME = "permitted-by-action"


@pytest.fixture(scope="module")
def aliased(loop: Loop) -> Iterator[str]:
    """A function with an alias; its ARN."""
    client, buffer = loop.client("lambda"), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return None")
    role = client.get_function(FunctionName=loop["Probe"])["Configuration"]["Role"]
    function = client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=NAME, WaiterConfig={"Delay": 1})
    version = client.publish_version(FunctionName=NAME)["Version"]
    client.create_alias(FunctionName=NAME, Name="live", FunctionVersion=version)
    yield function["FunctionArn"]
    client.delete_function(FunctionName=NAME)


def refused(call: Callable[[], Any]) -> bool:
    with pytest.raises(ClientError) as error:
        call()
    return "AccessDenied" in error.value.response["Error"]["Code"]


def test_reading_an_alias_is_not_listing_aliases(aliased: str, someone_who_may: Callable[..., Any]) -> None:
    client = someone_who_may("lambda:GetAlias", aliased)("lambda")
    assert client.get_alias(FunctionName=NAME, Name="live")["FunctionVersion"] == "1"
    assert refused(lambda: client.list_aliases(FunctionName=NAME))
    assert refused(lambda: client.update_alias(FunctionName=NAME, Name="live", Description="moved"))


def test_moving_an_alias_is_a_permission_of_its_own(
    aliased: str, someone_who_may: Callable[..., Any]
) -> None:
    client = someone_who_may("lambda:UpdateAlias", aliased)("lambda")
    client.update_alias(FunctionName=NAME, Name="live", Description="moved")
    assert refused(lambda: client.get_alias(FunctionName=NAME, Name="live"))


def test_who_may_delete_versions_may_not_delete_the_function(
    aliased: str, someone_who_may: Callable[..., Any]
) -> None:
    client = someone_who_may("lambda:DeleteFunction", f"{aliased}:*")("lambda")
    assert refused(lambda: client.delete_function(FunctionName=NAME))
    client.delete_function(FunctionName=NAME, Qualifier="999")
    whole = someone_who_may("lambda:DeleteFunction", aliased)("lambda")
    assert refused(lambda: whole.delete_function(FunctionName=NAME, Qualifier="1"))


def test_an_alarm_may_be_described_by_who_may_describe_it(someone_who_may: Callable[..., Any]) -> None:
    mine = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:mine"
    client = someone_who_may("cloudwatch:DescribeAlarms", mine)("cloudwatch")
    assert client.describe_alarms(AlarmNames=["mine"])["MetricAlarms"] == []
    assert refused(lambda: client.describe_alarms(AlarmNames=["another"]))
    assert refused(client.describe_alarms)


def test_a_repository_may_be_described_by_who_may_describe_it(someone_who_may: Callable[..., Any]) -> None:
    mine = "arn:aws:ecr:us-east-1:000000000000:repository/mine"
    client = someone_who_may("ecr:DescribeRepositories", mine)("ecr")
    with pytest.raises(ClientError) as missing:
        client.describe_repositories(repositoryNames=["mine"])
    assert missing.value.response["Error"]["Code"] == "RepositoryNotFoundException"
    assert refused(lambda: client.describe_repositories(repositoryNames=["another"]))


def test_events_are_sent_under_no_name_but_the_permitted_one(someone_who_may: Callable[..., Any]) -> None:
    own = {"ForAllValues:StringEquals": {"events:source": "ours"}}
    client = someone_who_may("events:PutEvents", "*", own)("events")

    def send(*sources: str) -> int:
        entries = [{"Source": source, "DetailType": "Said", "Detail": "{}"} for source in sources]
        return int(client.put_events(Entries=entries)["FailedEntryCount"])

    assert send("ours", "ours") == 0
    assert refused(lambda: send("theirs"))
    assert refused(lambda: send("ours", "theirs"))


def test_events_are_sent_of_no_detail_type_but_the_permitted_one(
    someone_who_may: Callable[..., Any],
) -> None:
    own = {"ForAllValues:StringEquals": {"events:source": "ours", "events:detail-type": ["Said"]}}
    client = someone_who_may("events:PutEvents", "*", own)("events")

    def send(*detail_types: str) -> int:
        entries = [{"Source": "ours", "DetailType": kind, "Detail": "{}"} for kind in detail_types]
        return int(client.put_events(Entries=entries)["FailedEntryCount"])

    assert send("Said", "Said") == 0
    assert refused(lambda: send("Shouted"))
    assert refused(lambda: send("Said", "Shouted"))


def test_parameters_are_read_by_a_path_that_is_named_and_by_no_other(
    loop: Loop, someone_who_may: Callable[..., Callable[[str], Any]]
) -> None:
    path = f"arn:aws:ssm:{loop.endpoint.region}:{loop.endpoint.account}:parameter/some/models"
    loop.client("ssm").put_parameter(Name="/some/models/a", Value="1", Type="String")
    reader = someone_who_may("ssm:GetParametersByPath", path)("ssm")
    assert [each["Value"] for each in reader.get_parameters_by_path(Path="/some/models")["Parameters"]] == [
        "1"
    ]
    for other in ("/some", "/some/models-of-others"):
        with pytest.raises(ClientError, match="AccessDenied"):
            reader.get_parameters_by_path(Path=other)
