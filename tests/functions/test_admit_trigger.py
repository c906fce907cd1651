"""Admit, with everything its stack gives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.definitions.compiled_model import decode_model, digest, encode
from keepfit.errors import NotFound
from keepfit.instants import now, to_iso
from keepfit.registry.champion import Champion
from keepfit.registry.versions import Release
from keepfit.runtime.close_run import closing
from tests.functions.conftest import Load
from tests.functions.serving_version import register
from tests.functions.small_run import ARTIFACTS, compiled

pytestmark = pytest.mark.usefixtures("training_stack")

Admit = Callable[..., dict[str, Any]]

ITEMS = ModelItems(table="registry", model="delay")
RUNS = DynamoRuns(ITEMS)


@pytest.fixture
def admit(load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Admit:
    """The function, for one uploaded version of the data by an execution that goes on running."""
    ARTIFACTS.put("assets/definition.json", encode(compiled(tmp_path)))
    upload(1)
    serve("1", monkeypatch)
    running = {"arn:1": "RUNNING"}
    monkeypatch.setattr(
        client("stepfunctions"),
        "describe_execution",
        lambda **asked: {"status": running[asked["executionArn"]]},
    )
    handler = load("admit_trigger/handler").handler

    def admitted(event_id: str = "e1", execution: str = "arn:1", **event: Any) -> dict[str, Any]:
        sent = {
            "id": event_id,
            "source": "keepfit",
            "detail-type": "Dataset Updated",
            "time": "2013-03-01T12:00:00Z",
            "detail": {"dataset": "flights", "version": 1},
            **event,
        }
        started = {"arn": execution, "name": "x", "started_at": "2013-03-01T12:00:01.123Z"}
        answer: dict[str, Any] = handler({"event": sent, "execution": started}, context)
        return answer

    return admitted


def upload(version: int) -> None:
    item = {"pk": {"S": "dataset#flights"}, "sk": {"S": "head"}, "version": {"N": str(version)}}
    client("dynamodb").put_item(TableName="registry", Item=item)


def serve(lambda_version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": lambda_version})


def test_an_upload_opens_a_run_with_its_record_and_files(admit: Admit) -> None:
    answer = admit()
    run = RUNS.find(answer["run_id"])
    assert answer == {
        "admitted": True,
        "reason": "requested by upload",
        "model": "delay",
        "run_id": answer["run_id"],
        "release": None,
        "ask_again_at": None,
    }
    assert answer["run_id"].startswith("20130301T120001-")
    assert run is not None
    assert (run.execution_arn, run.data, run.code_digest) == ("arn:1", {"flights": 1}, "c0de")
    folder = f"runs/delay/{answer['run_id']}"
    assert digest(decode_model(ARTIFACTS.get(f"{folder}/definition.json"))) == (run.definition_digest)
    assert json.loads(ARTIFACTS.get(f"{folder}/run.json"))["started_at"] == "2013-03-01T12:00:01.123000Z"


def test_the_same_execution_gets_the_same_answer(admit: Admit) -> None:
    first = admit()
    upload(2)
    assert admit() == first
    assert len(RUNS.newest(10)) == 1


def test_a_second_trigger_is_suppressed_while_the_first_execution_runs(admit: Admit) -> None:
    first = admit()
    answer = admit("e2", "arn:2")
    assert answer["admitted"] is False
    assert answer["reason"] == f"run {first['run_id']} is in progress; the trigger is sent again when it ends"
    assert [suppressed.reason for suppressed in RUNS.newest_suppressions(10)] == [answer["reason"]]


def test_the_run_knows_who_served_when_it_began(admit: Admit, monkeypatch: pytest.MonkeyPatch) -> None:
    DynamoVersions(items=ITEMS, stack="stack").record_release(
        Release(lambda_version="7", version=3, code_sha256="", published_at=now())
    )
    serve("7", monkeypatch)
    run = RUNS.find(admit()["run_id"])
    assert run is not None
    assert run.champion == Champion(version=3, lambda_version="7")


DEPLOYED = {
    "source": "aws.cloudformation",
    "detail-type": "CloudFormation Stack Status Change",
    "detail": {"stack-id": "arn:stack", "status-details": {"status": "UPDATE_COMPLETE"}},
}
CHAMPION = {"detail-type": "Champion Changed", "detail": {"model": "forest", "version": 4}}


@pytest.mark.parametrize("event", [DEPLOYED, CHAMPION])
def test_what_is_new_beside_a_model_releases_the_version_that_serves(
    admit: Admit, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    versions = DynamoVersions(items=ITEMS, stack="stack")
    for lambda_version, version in (("7", 3), ("8", 4)):
        versions.record_release(
            Release(lambda_version=lambda_version, version=version, code_sha256="", published_at=now())
        )
    serve("7", monkeypatch)
    answer = admit(**event)
    assert (answer["admitted"], answer["release"]) == (True, 3)
    run = RUNS.find(answer["run_id"])
    assert run is not None
    assert run.data == {}, "nothing is learned"


def test_before_the_first_release_only_another_models_champion_releases_what_is_registered(
    admit: Admit,
) -> None:
    told = admit(**CHAMPION)["reason"]
    assert told == "no version is registered that could be released with forest"
    register("delay", now(), {})
    assert admit(**DEPLOYED, execution="arn:3")["reason"].startswith("nothing serves yet")
    assert admit(event_id="e2", **CHAMPION, execution="arn:2")["release"] == 1


def test_a_definition_may_leave_the_release_after_a_deployment_to_a_person(
    admit: Admit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = compiled(tmp_path)
    release = msgspec.structs.replace(model.definition.release, on_deployment=False)
    definition = msgspec.structs.replace(model.definition, release=release)
    ARTIFACTS.put("assets/definition.json", encode(msgspec.structs.replace(model, definition=definition)))
    DynamoVersions(items=ITEMS, stack="stack").record_release(
        Release(lambda_version="7", version=3, code_sha256="", published_at=now())
    )
    serve("7", monkeypatch)
    assert admit(**DEPLOYED)["reason"].startswith("release.on_deployment = false")


def test_an_upload_during_the_cooldown_says_until_when_its_execution_waits(admit: Admit) -> None:
    closing("delay").close(admit()["run_id"], "released", version=1)
    upload(2)
    admitted_at = RUNS.admission().last_admitted_at
    assert admitted_at is not None
    answer = admit("e2", "arn:2")
    # What Step Functions reads, an hour later by default.
    assert (answer["admitted"], answer["ask_again_at"]) == (False, to_iso(admitted_at + timedelta(hours=1)))
    assert answer["reason"].endswith("the trigger is sent again then")
    assert admit("e2", "arn:2") == answer


def test_an_event_that_is_no_trigger_is_refused(admit: Admit) -> None:
    with pytest.raises(NotFound, match="no trigger can be read"):
        admit(source="aws.s3")


def test_the_answer_fits_into_a_state(admit: Admit) -> None:
    assert len(json.dumps(admit())) < 1000
