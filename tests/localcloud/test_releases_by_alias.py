from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.host_process import ProcessIdentity
from tests.localcloud.loop import Loop, wait_for, zipped


def package(release: int) -> bytes:
    return zipped(
        "def handler(event, context):\n"
        "    if event: raise ValueError\n"
        f"    return [{release}, context.function_version]\n"
    )


@dataclass(frozen=True, slots=True)
class Released:
    """A function with two versions and an alias on the first."""

    name: str
    loop: Loop

    @property
    def lambda_(self) -> Any:
        return self.loop.client("lambda")

    def publish(self, release: int, **conditions: str) -> str:
        self.lambda_.update_function_code(FunctionName=self.name, ZipFile=package(release))
        wait_for(lambda: self.configuration()["LastUpdateStatus"] == "Successful")
        return str(self.lambda_.publish_version(FunctionName=self.name, **conditions)["Version"])

    def configuration(self) -> dict[str, Any]:
        found: dict[str, Any] = self.lambda_.get_function_configuration(FunctionName=self.name)
        return found

    def refusal(self, call: str, **request: Any) -> str:
        with pytest.raises(ClientError) as refused:
            getattr(self.lambda_, call)(FunctionName=self.name, **request)
        return str(refused.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def released(loop: Loop) -> Iterator[Released]:
    client, name = loop.client("lambda"), "released-by-alias"
    role = client.get_function(FunctionName=loop["Probe"])["Configuration"]["Role"]
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="released.handler",
        Role=role,
        Code={"ZipFile": package(1)},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    function = Released(name, loop)
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    yield function
    client.delete_function(FunctionName=name)


def test_an_alias_splits_its_traffic_by_weight(released: Released) -> None:
    second = released.publish(2)
    released.lambda_.update_alias(
        FunctionName=released.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {second: 0.3}}
    )
    answers = Counter(released.loop.invoke(released.name, None, Qualifier="live")[0] for _ in range(200))
    # 0.3 +- 5 standard deviations of 200 draws.
    assert 28 <= answers[2] <= 92
    assert set(answers) == {1, 2}
    alias = released.lambda_.get_alias(FunctionName=released.name, Name="live")
    assert (alias["FunctionVersion"], alias["RoutingConfig"]["AdditionalVersionWeights"]) == (
        "1",
        {second: 0.3},
    )


def test_a_step_function_goes_by_the_weights_too(released: Released) -> None:
    loop = released.loop
    alias = released.lambda_.get_alias(FunctionName=released.name, Name="live")
    versions = sorted(
        each["Version"]
        for each in released.lambda_.list_versions_by_function(FunctionName=released.name)["Versions"]
    )
    newest = versions[-1]
    released.lambda_.update_alias(
        FunctionName=released.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {newest: 1.0}}
    )
    task = {"Type": "Task", "Resource": alias["AliasArn"], "InputPath": None, "Parameters": {}, "End": True}
    machine = loop.define("by-weight", {"StartAt": "Ask", "States": {"Ask": task}})
    ended = loop.ended(loop.start(machine, {}))
    assert ended["status"] == "SUCCEEDED", ended
    assert f'"{newest}"' in ended["output"]


def test_a_canary_is_judged_by_alias_and_executed_version(released: Released) -> None:
    second = released.publish(3)
    released.lambda_.update_alias(
        FunctionName=released.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {second: 1.0}}
    )
    for _ in range(4):
        released.loop.invoke(released.name, None, Qualifier="live")
    released.loop.invoke(released.name, {"fail": 1}, Qualifier="live")

    def value(metric: str) -> float:
        dimensions = {
            "FunctionName": released.name,
            "Resource": f"{released.name}:live",
            "ExecutedVersion": second,
        }
        query = {
            "Id": "m",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [{"Name": name, "Value": each} for name, each in dimensions.items()],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        now = time.time()
        found = released.loop.client("cloudwatch").get_metric_data(
            MetricDataQueries=[query], StartTime=now - 600, EndTime=now + 60
        )
        return float(sum(found["MetricDataResults"][0]["Values"]))

    wait_for(lambda: value("Invocations") == 5)
    assert value("Errors") == 1


def test_an_alias_moves_only_from_where_the_caller_thinks_it_is(released: Released) -> None:
    revision = released.lambda_.get_alias(FunctionName=released.name, Name="live")["RevisionId"]
    moved = {"Name": "live", "FunctionVersion": "1", "RevisionId": revision}
    released.lambda_.update_alias(FunctionName=released.name, **moved)
    assert released.refusal("update_alias", **moved) == "PreconditionFailedException"


def test_a_version_is_published_only_of_the_code_that_was_meant(released: Released) -> None:
    assert released.refusal("publish_version", CodeSha256="bm90IHRoaXM=") == "InvalidParameterValueException"
    assert released.refusal("publish_version", RevisionId="stale") == "PreconditionFailedException"


def test_an_alias_points_to_nothing_that_is_not_there(released: Released) -> None:
    before = released.lambda_.get_alias(FunctionName=released.name, Name="live")
    weights = {"AdditionalVersionWeights": {"999": 0.1}}
    for wanted in ({"FunctionVersion": "999"}, {"RoutingConfig": weights}):
        assert released.refusal("update_alias", Name="live", **wanted) == "ResourceNotFoundException"
    assert (
        released.lambda_.get_alias(FunctionName=released.name, Name="live")["RevisionId"]
        == before["RevisionId"]
    )


def test_a_version_is_deleted_while_no_alias_points_to_it_and_its_number_is_not_given_again(
    released: Released,
) -> None:
    champion, canary = released.publish(40), released.publish(41)
    weights = {"AdditionalVersionWeights": {canary: 0.1}}
    released.lambda_.update_alias(
        FunctionName=released.name, Name="live", FunctionVersion=champion, RoutingConfig=weights
    )
    for version in (champion, canary):
        assert released.refusal("delete_function", Qualifier=version) == "ResourceConflictException"
    released.lambda_.update_alias(
        FunctionName=released.name, Name="live", FunctionVersion="1", RoutingConfig={}
    )
    for _ in range(2):  # one that is gone already is no error
        released.lambda_.delete_function(FunctionName=released.name, Qualifier=canary)
    listed = released.lambda_.list_versions_by_function(FunctionName=released.name)["Versions"]
    assert canary not in {version["Version"] for version in listed}
    assert int(released.publish(42)) == int(canary) + 1


def test_unchanged_code_is_not_published_again(released: Released) -> None:
    first = released.publish(4)
    assert released.publish(4) == first
    assert released.publish(5) != first


def test_nothing_is_published_while_an_update_is_in_progress(released: Released) -> None:
    released.lambda_.update_function_code(FunctionName=released.name, ZipFile=package(6))
    assert released.refusal("publish_version") == "ResourceConflictException"
    released.lambda_.get_waiter("function_updated_v2").wait(
        FunctionName=released.name, WaiterConfig={"Delay": 1}
    )
    assert released.lambda_.publish_version(FunctionName=released.name)["CodeSha256"]


def test_the_context_names_the_alias_and_the_version_that_answers(loop: Loop) -> None:
    answer = loop.invoke("AliasArn", {"who": "asks"})
    assert answer["arn"] == loop["AliasArn"]
    assert answer["version"] == "1"


def test_environments_of_old_versions_do_not_wait_for_ever(released: Released) -> None:
    state = released.loop.endpoint.ca_bundle.parent.parent
    for release in range(10, 30):
        version = released.publish(release)
        assert released.loop.invoke(released.name, None, Qualifier=version) == [release, version]

    def waiting() -> int:
        ledger = (state / "children.jsonl").read_text().splitlines()
        return sum(ProcessIdentity(**json.loads(line)).alive() for line in ledger)

    # Those of other functions are among them.
    wait_for(lambda: waiting() <= 17)
