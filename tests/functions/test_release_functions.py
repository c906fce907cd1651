"""Register, prepare, canary, promote, roll back, restore: the functions, as the state machine calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.definitions.compiled_model import encode
from keepfit.errors import GoldenRequestsFailed, InvalidRequest, NotFound, Superseded
from keepfit.instants import from_iso
from keepfit.registry.ledger import verify
from keepfit.training.runs.run import TrainingRun, name_run
from keepfit.training.runs.triggers import Trigger
from tests.functions.conftest import Load
from tests.functions.fault_injection import Weather
from tests.functions.inference import FUNCTION, Inference, prepared_release
from tests.functions.small_run import ARTIFACTS, compiled
from tests.functions.won_run import WINNER, put_won_run

pytestmark = pytest.mark.usefixtures("training_stack")

Invoke = Callable[..., dict[str, Any]]


@pytest.fixture
def inference(training_stack: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inference:
    ARTIFACTS.put("assets/definition.json", encode(compiled(tmp_path)))
    return Inference(tmp_path / "unpacked", monkeypatch)


@pytest.fixture
def invoke(inference: Inference, load: Load, context: SimpleNamespace) -> Invoke:
    """Calls a function by name; what goes in and out is JSON, as it is in AWS."""

    def invoked(name: str, **event: Any) -> dict[str, Any]:
        answer = load(f"{name}/handler").handler(json.loads(json.dumps(event)), context)
        whole: dict[str, Any] = json.loads(json.dumps(answer))
        return whole

    return invoked


def register(invoke: Invoke, number: int) -> dict[str, Any]:
    """The event of PrepareRelease for version ``number``, freshly registered."""
    run_id = f"run-{number}"
    put_won_run(ARTIFACTS, run_id)
    version = invoke("register_version", run_id=run_id, winner=WINNER)["version"]
    assert version == number
    return {"run_id": run_id, "version": version}


def prepare(invoke: Invoke, number: int) -> dict[str, Any]:
    """The event of everything that comes after PrepareRelease."""
    event = register(invoke, number)
    return prepared_release(invoke, event)


def prepare_run(invoke: Invoke, number: int, run_id: str) -> dict[str, Any]:
    """The same of a run that has an execution behind it, with the definition that it was admitted with."""
    ARTIFACTS.put(f"runs/delay/{run_id}/definition.json", ARTIFACTS.get("assets/definition.json"))
    return {**prepare(invoke, number), "run_id": run_id}


def promote(invoke: Invoke, number: int) -> dict[str, Any]:
    event = prepare(invoke, number)
    if number > 1:
        invoke("move_alias", action="canary", **event)
    invoke("move_alias", action="promote", reason="fine", **event)
    return event


def ledger() -> list[tuple[str, int, int | None]]:
    entries = DynamoLedger(
        items=ModelItems(table="registry", model="delay", kind="ledger"), stack="stack"
    ).entries()
    verify(entries)
    return [(entry.action, entry.version, entry.previous_version) for entry in entries]


def answered_live(lambda_version: str, *, requests: int, failures: int, took: float = 4.0) -> None:
    names = {"FunctionName": FUNCTION, "Resource": f"{FUNCTION}:live", "ExecutedVersion": lambda_version}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    for metric, value in (("Invocations", requests), ("Errors", failures), ("Duration", took)):
        point = {
            "MetricName": metric,
            "Dimensions": dimensions,
            "Timestamp": datetime.now(UTC),
            "Value": value,
        }
        client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[point])


def test_the_first_release_has_no_champion_beside_it_and_serves_at_once(
    invoke: Invoke, inference: Inference
) -> None:
    event = register(invoke, 1)
    prepared = invoke("prepare_release", **event)
    assert prepared["code_sha256"]
    assert {name: value for name, value in prepared.items() if name != "code_sha256"} == {
        "version": 1,
        "lambda_version": "2",
        "champion_lambda_version": None,
        "strategy": "canary",
    }
    tested = prepared_release(invoke, event)
    moved = invoke("move_alias", action="promote", reason="the first release", **tested)
    assert (moved["moved"], moved["baking"]) == (True, False)
    assert inference.alias == ("2", {})
    assert ledger() == [("promote", 1, None)]


def test_preparing_again_publishes_nothing_new(invoke: Invoke) -> None:
    event = register(invoke, 1)
    assert invoke("prepare_release", **event) == invoke("prepare_release", **event)
    versions = client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]


def keep_two(folder: Path) -> None:
    """From here on the definition keeps the two newest Lambda versions."""
    model = compiled(folder)
    release = msgspec.structs.replace(model.definition.release, keep_versions=2)
    definition = msgspec.structs.replace(model.definition, release=release)
    ARTIFACTS.put("assets/definition.json", encode(msgspec.structs.replace(model, definition=definition)))


def test_old_lambda_versions_are_taken_away_and_what_serves_and_served_before_stays(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    keep_two(tmp_path)
    for number in (1, 2, 3, 4):
        promote(invoke, number)
    assert invoke("prepare_release", prune=True) == {"pruned": ["2", "3"], "kept": 3}
    assert invoke("prepare_release", prune=True) == {"pruned": [], "kept": 3}
    versions = client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "4", "5"]
    with pytest.raises(NotFound, match="`keepfit release <model> 1` makes one and releases it"):
        invoke("move_alias", action="restore", version=1, who="ada", why="")
    assert invoke("move_alias", action="restore previous", who="ada", why="")["version"] == 3
    assert inference.alias == ("4", {})


def test_a_canary_gets_the_share_of_the_definition_and_is_promoted(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    event = prepare(invoke, 2)
    canary = invoke("move_alias", action="canary", **event)
    assert canary["baking"]
    assert inference.alias == ("2", {"3": 0.1})
    answered_live("3", requests=150, failures=1)
    early = invoke("evaluate_canary", **event, started_at=canary["started_at"])
    assert early["verdict"] == "baking"
    began = (from_iso(canary["started_at"]) - timedelta(minutes=6)).isoformat()
    later = invoke("evaluate_canary", **event, started_at=began)
    assert (later["verdict"], later["reason"]) == ("promote", "1 of 150 requests failed")
    invoke("move_alias", action="promote", reason=later["reason"], **event)
    assert inference.alias == ("3", {})
    assert ledger() == [("promote", 1, None), ("canary", 2, 1), ("promote", 2, 1)]


def test_a_challenger_that_fails_only_under_live_traffic_is_rolled_back(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    event = prepare(invoke, 2)
    canary = invoke("move_alias", action="canary", **event)
    answered_live("3", requests=6, failures=6)
    found = invoke("evaluate_canary", **event, started_at=canary["started_at"])
    assert found["verdict"] == "roll back"
    invoke("move_alias", action="roll back", reason=found["reason"], **event)
    assert inference.alias == ("2", {})
    assert ledger()[-1] == ("roll back", 2, 1)


def test_a_challenger_that_takes_longer_than_the_champion_meanwhile_is_rolled_back(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    event = prepare(invoke, 2)
    canary = invoke("move_alias", action="canary", **event)
    answered_live("2", requests=300, failures=0, took=10.0)
    answered_live("3", requests=30, failures=0, took=90.0)
    found = invoke("evaluate_canary", **event, started_at=canary["started_at"])
    assert found["verdict"] == "roll back"
    assert "took 90.0 ms beside 10.0 ms" in found["reason"]
    assert inference.alias == ("2", {"3": 0.1})


def test_a_person_ends_the_first_canary_and_its_run_ends_as_rolled_back(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    event = prepare(invoke, 2)
    canary = invoke("move_alias", action="canary", **event)
    answered_live("3", requests=150, failures=0)
    moved = invoke("move_alias", action="restore previous", who="ada", why="complaints")
    assert (moved["version"], moved["ended_canary"]) == (1, 2)
    assert inference.alias == ("2", {})
    began = (from_iso(canary["started_at"]) - timedelta(minutes=6)).isoformat()
    found = invoke("evaluate_canary", **event, started_at=began)
    assert (found["verdict"], found["reason"]) == (
        "roll back",
        "its canary was ended by a later decision, which the ledger records",
    )
    assert not invoke("move_alias", action="roll back", reason=found["reason"], **event)["moved"]
    assert inference.alias == ("2", {})
    assert ledger() == [("promote", 1, None), ("canary", 2, 1), ("roll back", 2, 1)]


@pytest.mark.parametrize("fault", ["raises", "answers NaN", "answers otherwise"])
def test_a_challenger_with_a_fault_is_stopped_by_its_golden_requests(
    invoke: Invoke, inference: Inference, fault: str
) -> None:
    promote(invoke, 1)
    event = register(invoke, 2)

    def faulty(handler: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
        def answer(request: Any) -> dict[str, Any]:
            if fault == "raises":
                raise MemoryError
            response = handler(request)
            body = json.loads(response["body"])
            wrong = float("nan") if fault == "answers NaN" else 0.123
            return {
                **response,
                "body": json.dumps({**body, "probabilities": [wrong] * len(body["probabilities"])}),
            }

        return answer

    inference.wrap = faulty
    with pytest.raises(GoldenRequestsFailed):
        prepared_release(invoke, event)
    assert inference.alias == ("2", {})
    assert ledger() == [("promote", 1, None)]
    assert (
        DynamoVersions(items=ModelItems(table="registry", model="delay"), stack="stack").get(2).version == 2
    )


def test_a_person_goes_back_and_the_canary_that_this_ended_is_not_promoted(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    promote(invoke, 2)
    event = prepare(invoke, 3)
    invoke("move_alias", action="canary", **event)
    moved = invoke("move_alias", action="restore previous", who="ada", why="complaints")
    assert (moved["version"], inference.alias) == (2, ("3", {}))
    with pytest.raises(Superseded):
        invoke("move_alias", action="promote", reason="fine", **event)
    assert not invoke("move_alias", action="roll back", reason="superseded", **event)["moved"]
    assert inference.alias == ("3", {})
    assert ledger()[-1] == ("roll back", 3, 2)
    moved = invoke("move_alias", action="restore previous", who="ada", why="the champion too")
    assert (moved["version"], inference.alias) == (1, ("2", {}))


def test_the_canary_of_a_stopped_execution_ends(invoke: Invoke, inference: Inference) -> None:
    promote(invoke, 1)
    started = datetime(2013, 3, 1, 12, 0, 0, 321_000, tzinfo=UTC)
    event = prepare_run(invoke, 2, name_run("arn:1", started))
    invoke("move_alias", action="canary", **event)
    assert inference.alias == ("2", {"3": pytest.approx(0.1)})
    ended = {"arn": "arn:1", "started_at": int(started.timestamp() * 1000)}
    moved = invoke(
        "move_alias", action="end canary", execution=ended, reason="its execution ended as ABORTED"
    )
    assert (moved["moved"], inference.alias) == (True, ("2", {}))
    assert ledger()[-1] == ("roll back", 2, 1)
    assert invoke("move_alias", action="end canary", execution=ended, reason="told twice") is None


def test_an_execution_that_was_stopped_starts_no_canary_any_more(
    invoke: Invoke, inference: Inference
) -> None:
    promote(invoke, 1)
    started = datetime(2013, 3, 1, 12, 0, 0, 321_000, tzinfo=UTC)
    runs, run_id = DynamoRuns(ModelItems(table="registry", model="delay")), name_run("arn:1", started)
    event = prepare_run(invoke, 2, run_id)
    asked = Trigger(kind="person", id="e1", at=started, detail={})
    runs.put(
        TrainingRun(
            run_id=run_id,
            model="delay",
            execution_arn="arn:1",
            started_at=started,
            trigger=asked,
            data={},
            definition_digest="d",
            code_digest="c",
        )
    )
    ended = {"arn": "arn:1", "started_at": int(started.timestamp() * 1000)}
    assert invoke("move_alias", action="end canary", execution=ended, reason="it ended as ABORTED") is None
    run = runs.find(run_id)
    assert run is not None
    assert (run.outcome, run.reason) == ("aborted", "it ended as ABORTED")
    with pytest.raises(Superseded, match="is closed"):
        invoke("move_alias", action="canary", **event)
    assert inference.alias == ("2", {})
    assert ledger() == [("promote", 1, None)]


def test_a_person_may_name_the_version(invoke: Invoke, inference: Inference) -> None:
    promote(invoke, 1)
    promote(invoke, 2)
    invoke("move_alias", action="restore", version=1, who="ada", why="")
    assert inference.alias == ("2", {})
    with pytest.raises(NotFound):
        invoke("move_alias", action="restore", version=9, who="ada", why="")


@pytest.mark.parametrize(
    "event",
    [{}, {"action": "sideways"}, {"action": "promote"}, {"action": "restore", "version": 1}],
)
def test_an_action_that_does_not_exist_or_lacks_something_is_refused(
    invoke: Invoke, event: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest, match="move_alias cannot perform this action"):
        invoke("move_alias", **event)
    assert ledger() == []


@pytest.mark.parametrize("seed", range(1))
def test_on_a_bad_day_of_aws_nothing_is_lost_or_done_twice(
    seed: int, invoke: Invoke, inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather = Weather(seed, monkeypatch)

    def step(name: str, **event: Any) -> dict[str, Any]:
        return weather.retried(lambda: invoke(name, **event))

    for number in (1, 2, 3):
        run = {"run_id": f"run-{number}"}
        put_won_run(ARTIFACTS, run["run_id"])
        version = step("register_version", winner=WINNER, **run)["version"]
        release = {**run, "version": version}
        release = prepared_release(step, release)
        if number > 1:
            assert step("move_alias", action="canary", **release)["baking"]
        step("move_alias", action="promote", reason="fine", **release)
    step("move_alias", action="restore previous", who="ada", why="")
    assert inference.alias == ("3", {})
    assert [
        v.version
        for v in DynamoVersions(items=ModelItems(table="registry", model="delay"), stack="stack").all()
    ] == [
        1,
        2,
        3,
    ]
    published = client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [version["Version"] for version in published] == ["$LATEST", "1", "2", "3", "4"]
    promoted = [
        ("promote", 1, None),
        ("canary", 2, 1),
        ("promote", 2, 1),
        ("canary", 3, 2),
        ("promote", 3, 2),
    ]
    assert ledger() == [*promoted, ("restore", 2, 3)]
    assert weather.faults > 30


@pytest.mark.parametrize("seed", range(1))
def test_on_a_bad_day_of_aws_old_versions_are_taken_away_and_marked_all_the_same(
    seed: int, invoke: Invoke, inference: Inference, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep_two(tmp_path)
    for number in range(1, 7):
        promote(invoke, number)
    weather = Weather(seed, monkeypatch)
    weather.retried(lambda: invoke("prepare_release", prune=True))
    assert weather.retried(lambda: invoke("prepare_release", prune=True)) == {"pruned": [], "kept": 3}
    published = client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    assert [version["Version"] for version in published] == ["$LATEST", "1", "6", "7"]
    releases = DynamoVersions(items=ModelItems(table="registry", model="delay"), stack="stack").releases()
    assert [one.lambda_version for one in releases if one.pruned_at] == ["2", "3", "4", "5"]
    assert inference.alias == ("7", {})
    assert weather.faults > 5
