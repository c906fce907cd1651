"""Events as EventBridge delivers them become triggers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from keepfit.errors import NotFound
from keepfit.events import RETRAINING_REQUESTED
from keepfit.training.runs.triggers import Trigger, read_trigger


def event(source: str, kind: str, **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "6a7e8feb-b491",
        "source": source,
        "account": "1",
        "region": "eu-west-1",
        "resources": [],
        "time": "2013-03-01T05:00:00Z",
        "detail-type": kind,
        "detail": detail,
    }


def test_a_new_dataset_version_is_an_upload() -> None:
    trigger = read_trigger(event("keepfit", "Dataset Updated", dataset="flights", version=3, rows=25_000))
    assert (trigger.kind, trigger.dataset, trigger.id) == ("upload", "flights", "6a7e8feb-b491")
    assert trigger.at == datetime(2013, 3, 1, 5, tzinfo=UTC)
    assert trigger.detail["version"] == 3


def test_a_withdrawal_is_an_upload_that_says_so() -> None:
    cause = {"kind": "withdrawal", "who": "ada", "why": "the wrong month", "train": False}
    sent = event("keepfit", "Dataset Updated", dataset="flights", version=3, rows=10, cause=cause)
    trigger = read_trigger(sent)
    assert (trigger.kind, trigger.removal, trigger.wants_training) == ("upload", "withdrawal", False)
    came = event("keepfit", "Dataset Updated", dataset="flights", version=3, cause={"kind": "upload"})
    assert (read_trigger(came).removal, read_trigger(came).wants_training) == (None, True)
    before = read_trigger(event("keepfit", "Dataset Updated", dataset="flights", version=3))
    assert (before.removal, before.wants_training) == (None, True)


def test_a_forgetting_is_an_upload_that_says_so() -> None:
    cause = {"kind": "forgetting", "who": "ada", "why": "a letter", "train": True, "record": "r"}
    trigger = read_trigger(event("keepfit", "Dataset Updated", dataset="flights", version=3, cause=cause))
    assert (trigger.removal, trigger.forgets, trigger.wants_training) == ("forgetting", True, True)


def test_an_alarm_is_read_with_its_state() -> None:
    sent = event(
        "aws.cloudwatch", "CloudWatch Alarm State Change", alarmName="drift", state={"value": "ALARM"}
    )
    trigger = read_trigger(sent)
    assert (trigger.kind, trigger.detail) == ("alarm", {"alarm": "drift", "state": "ALARM"})


def test_an_alarm_that_still_stands_is_an_alarm() -> None:
    sent = event("keepfit", "Alarm Standing", model="m", alarm="drift", since="2013-03-01T04:00:00Z")
    assert read_trigger(sent).detail == {"alarm": "drift", "since": "2013-03-01T04:00:00Z"}


def test_a_schedule_is_known_by_its_kind_of_event() -> None:
    assert read_trigger(event("aws.events", "Scheduled Event")).kind == "schedule"


def test_a_person_says_who_and_why_and_may_force() -> None:
    trigger = read_trigger(
        event("keepfit.person", "Training Requested", by="ada", why="new fares", force=True)
    )
    assert trigger.forced
    assert trigger.detail["by"] == "ada"


def test_a_person_may_ask_for_the_release_of_a_version() -> None:
    sent = event("keepfit.person", "Release Requested", by="ada", why="new layers", release=3)
    assert read_trigger(sent).release == 3
    assert read_trigger(event("keepfit.person", "Training Requested", by="ada")).release is None
    assert read_trigger(event("keepfit", "Dataset Updated", dataset="flights", release=3)).release is None


def test_a_deployment_is_a_release_that_does_not_know_yet_of_what() -> None:
    detail = {"stack-id": "arn:stack", "status-details": {"status": "UPDATE_COMPLETE", "status-reason": ""}}
    trigger = read_trigger(event("aws.cloudformation", "CloudFormation Stack Status Change", **detail))
    assert (trigger.kind, trigger.release, trigger.learns) == ("deployment", None, False)
    assert trigger.detail == {"stack": "arn:stack", "status": "UPDATE_COMPLETE"}


@pytest.mark.parametrize("detail", [{}, {"release": None}, {"release": "the newest"}])
def test_a_release_names_its_version(detail: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="Release Requested"):
        read_trigger(event("keepfit.person", "Release Requested", **detail))


def test_nobody_else_can_force() -> None:
    assert not read_trigger(event("keepfit", "Dataset Updated", dataset="flights", force=True)).forced


def test_a_kept_trigger_comes_back_as_it_was_and_says_that_it_was_kept() -> None:
    first = read_trigger(event("keepfit", "Dataset Updated", dataset="flights", version=3))
    sent = event("keepfit", RETRAINING_REQUESTED, model="m", trigger=msgspec.to_builtins(first))
    assert read_trigger(sent) == msgspec.structs.replace(first, kept=True)


@pytest.mark.parametrize(
    "unusable",
    [
        {},
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "id": "1",
            "time": "2013-01-01T00:00:00Z",
            "detail": {},
        },
        event("keepfit", "Dataset Updated"),
        event("keepfit", "Retraining Requested", model="m", trigger={"kind": "whim"}),
        event("aws.cloudwatch", "CloudWatch Alarm State Change", alarmName="drift"),
        {**event("aws.events", "Scheduled Event"), "time": "yesterday"},
        {**event("aws.events", "Scheduled Event"), "detail": None},
    ],
)
def test_what_is_no_trigger_is_refused_with_what_was_found(unusable: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="no trigger can be read"):
        read_trigger(unusable)


def test_a_trigger_survives_json() -> None:
    trigger = Trigger(kind="alarm", id="1", at=datetime(2013, 3, 1, tzinfo=UTC), detail={"a": [1, None]})
    assert msgspec.json.decode(msgspec.json.encode(trigger), type=Trigger) == trigger


def test_a_person_may_want_a_finished_model_judged_and_names_it_by_its_digest() -> None:
    sent = event("keepfit.person", "Training Requested", by="ada", imported="0" * 64)
    trigger = read_trigger(sent)
    assert (trigger.imported, trigger.learns) == ("0" * 64, False)
    for wrong in ("../../other", "0" * 63, 3):
        with pytest.raises(NotFound, match="no trigger can be read"):
            read_trigger(event("keepfit.person", "Training Requested", by="ada", imported=wrong))


def test_the_champion_of_another_model_asks_for_a_release_that_learns_nothing() -> None:
    trigger = read_trigger(event("keepfit", "Champion Changed", model="forest", version=4))
    assert (trigger.kind, trigger.detail) == ("node", {"model": "forest", "version": 4})
    assert not trigger.learns
    assert trigger.release is None, "which version is to be released the graph's model says itself"
