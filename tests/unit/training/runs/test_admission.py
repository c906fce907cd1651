"""Each event becomes a run or a recorded suppression, however it is delivered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keepfit.adapters.memory.training import MemoryRuns
from keepfit.errors import Conflict
from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_record import AdmissionRecord
from tests.unit.training.support.world import World


def test_an_admitted_trigger_opens_a_run_with_all_it_will_read() -> None:
    world = World(champion=Champion(version=2, lambda_version="5"))
    answer = world.admit(world.event("e1"))
    run = world.runs.find(answer.run_id)
    assert answer.admitted
    assert run is not None
    assert run.data == {"flights": 1, "weather": 1}
    assert (run.definition_digest, run.code_digest) == ("d1", "c1")
    assert run.champion == Champion(version=2, lambda_version="5")
    assert run.outcome is None


def test_a_run_explains_itself_by_its_files() -> None:
    world = World()
    answer = world.admit(world.event("e1"))
    written = json.loads(world.artifacts.get(f"runs/m/{answer.run_id}/run.json"))
    assert written["run_id"] == answer.run_id
    assert written["data"] == {"flights": 1, "weather": 1}
    assert written["trigger"]["kind"] == "upload"
    assert written["champion"] is None
    assert "outcome" not in written
    assert world.artifacts.get(f"runs/m/{answer.run_id}/definition.json") == b"{}"


def test_a_suppressed_trigger_is_recorded_with_its_reason() -> None:
    world = World()
    world.admit(world.event("e1"))
    answer = world.admit(world.event("e2"))
    (recorded,) = world.runs.newest_suppressions(10)
    assert not answer.admitted
    assert (recorded.reason, recorded.trigger.id, recorded.run_id) == (answer.reason, "e2", answer.run_id)


def test_asking_again_for_the_same_execution_gives_the_same_answer() -> None:
    world = World()
    arn, at = world.start(), world.now
    first = world.admit(world.event("e1"), arn=arn, at=at)
    world.data.heads["flights"] = 2
    world.wait(seconds=9)
    assert world.admit(world.event("e1"), arn=arn, at=at) == first
    run = world.runs.find(first.run_id)
    assert run is not None
    assert run.data["flights"] == 1
    world.end(first.run_id)
    assert world.runs.admission().admitted_today == 1


def test_a_suppressed_execution_stays_suppressed_when_it_asks_again() -> None:
    world = World()
    held = world.admit(world.event("e1"))
    arn, at = world.start(), world.now
    first = world.admit(world.event("e2"), arn=arn, at=at)
    world.end(held.run_id)
    assert world.admit(world.event("e2"), arn=arn, at=at) == first
    assert len(world.runs.newest_suppressions(10)) == 1


@pytest.mark.parametrize("dies_after", ["replace_admission", "put"])
def test_admit_that_dies_half_way_is_finished_by_its_retry(
    dies_after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    arn, at = world.start(), world.now

    def dying(*args: Any) -> None:
        real(*args)
        raise KeyboardInterrupt

    real: Callable[..., None] = getattr(MemoryRuns, dies_after)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryRuns, dies_after, dying)
        with pytest.raises(KeyboardInterrupt):
            world.admit(world.event("e1"), arn=arn, at=at)
    answer = world.admit(world.event("e1"), arn=arn, at=at)
    assert answer.admitted
    assert world.runs.find(answer.run_id) is not None
    assert world.artifacts.list(f"runs/m/{answer.run_id}/")
    world.end(answer.run_id)
    assert world.runs.admission().admitted_today == 1


def test_the_lock_of_a_stopped_execution_is_taken_over_and_its_run_is_marked_aborted() -> None:
    world = World()
    stopped = world.admit(world.event("e1"))
    world.executions.alive.clear()
    world.data.heads["flights"] = 2
    answer = world.admit(world.event("e2"))
    old = world.runs.find(stopped.run_id)
    assert answer.admitted
    assert old is not None
    assert old.outcome == "aborted"
    assert answer.run_id in (old.reason or "")


def test_what_a_stopped_execution_kept_is_asked_again_even_where_the_new_trigger_is_refused() -> None:
    world = World()
    world.admit(world.event("e1"))
    world.data.heads["flights"] = 2
    world.admit(world.event("e2"))
    world.executions.alive.clear()
    assert not world.admit(world.event("e3", "Scheduled Event", "aws.events")).admitted
    (again,) = world.asked_again()
    assert world.admit(again).admitted


def test_a_lock_outlives_its_lease_for_nobody() -> None:
    world = World()
    world.admit(world.event("e1"))
    world.data.heads["flights"] = 2
    world.wait(hours=5)
    assert not world.admit(world.event("e2")).admitted
    world.wait(hours=1)
    assert world.admit(world.event("e3")).admitted


def test_a_run_thought_dead_that_ends_after_all_says_how_it_really_ended() -> None:
    world = World()
    slow = world.admit(world.event("e1"))
    world.wait(hours=7)
    world.data.heads["flights"] = 2
    newer = world.admit(world.event("e2"))
    world.end(slow.run_id, "released", version=3)
    ended = world.runs.find(slow.run_id)
    assert ended is not None
    assert (ended.outcome, ended.version) == ("released", 3)
    assert world.runs.admission().lock_run == newer.run_id


def test_a_failed_run_is_not_repeated_for_ever_by_what_was_kept() -> None:
    world = World()
    admitted = 0
    deliveries = [world.event("e1"), world.event("e2")]
    while deliveries:
        answers = [world.admit(event) for event in deliveries]
        for answer in answers:
            if answer.admitted:
                admitted += 1
                world.end(answer.run_id, "abandoned", reason="OutOfMemory")
        deliveries = world.asked_again()
    assert admitted == 1


def test_an_alarm_after_new_data_waits_for_the_upload_and_then_retrains_with_it() -> None:
    world = World(champion=Champion(version=1, lambda_version="2"))
    world.policy.on[:] = ["first_upload", "alarm"]
    first = world.admit(world.event("p", "Training Requested", "keepfit.person", by="ada"))
    world.end(first.run_id)
    world.alarms.standing["drift"] = world.now
    alarm = world.event(
        "a", "CloudWatch Alarm State Change", "aws.cloudwatch", alarmName="drift", state={"value": "ALARM"}
    )
    assert "nothing new" in world.admit(alarm).reason
    world.data.heads["weather"] = 2
    assert not world.admit(world.event("w", dataset="weather")).admitted
    world.data.heads["flights"] = 2
    answer = world.admit(world.event("f"))
    run = world.runs.find(answer.run_id)
    assert run is not None
    assert run.trigger.kind == "alarm"
    assert run.data == {"flights": 2, "weather": 2}


@pytest.mark.parametrize("standing", [["m-decay"], ["drift", "m-estimated-decay"]])
def test_an_upload_that_an_alarm_on_decay_waited_for_names_decay_before_drift(standing: list[str]) -> None:
    world = World(champion=Champion(version=1, lambda_version="2"))
    world.policy.on[:] = ["alarm"]
    for alarm in standing:
        world.alarms.standing[alarm] = world.now
    run = world.runs.find(world.admit(world.event("f")).run_id)
    assert run is not None
    assert (run.trigger.cause, run.trigger.detail["alarm"]) == ("decay", standing[-1])
    assert run.trigger.detail["waited_for"]["dataset"] == "flights"


def test_an_alarm_on_decay_that_was_kept_is_admitted_while_it_stands() -> None:
    world = World(champion=Champion(version=1, lambda_version="2"))
    sounds = {"alarmName": "m-decay", "state": {"value": "ALARM"}}
    first = world.admit(world.event("e1"))
    world.alarms.standing["m-decay"] = world.now
    kept = world.admit(world.event("a", "CloudWatch Alarm State Change", "aws.cloudwatch", **sounds))
    assert not kept.admitted
    world.data.heads["flights"] = 2
    world.end(first.run_id)
    assert [world.admit(each).admitted for each in world.asked_again()] == [True]


def test_drift_that_no_outcome_can_teach_waits_for_one_though_there_are_new_features() -> None:
    world = World(champion=Champion(version=1, lambda_version="2"))
    world.policy.on[:] = ["first_upload", "alarm"]
    world.end(world.admit(world.event("p", "Training Requested", "keepfit.person", by="ada")).run_id)
    world.alarms.standing["drift"] = world.now
    world.data.heads["weather"] = 2
    answer = world.admit(world.event("a", "Alarm Standing", alarm="keepfit-m-drift"))
    assert not answer.admitted
    assert answer.reason == (
        "nothing new to learn from yet: no outcome has come to flights since the last training, and what moved cannot "
        "be learned without; the alarm waits for the next upload of flights"
    )
    [recorded] = world.runs.newest_suppressions(1)
    assert (recorded.reason, recorded.trigger.cause) == (answer.reason, "drift")
    world.data.heads["flights"] = 2
    run = world.runs.find(world.admit(world.event("f")).run_id)
    assert run is not None
    assert (run.trigger.cause, run.data) == ("drift", {"flights": 2, "weather": 2})


@pytest.mark.parametrize("changed", ["definition_digest", "code_digest"])
def test_drift_may_be_learned_from_known_outcomes_by_another_definition_or_code(changed: str) -> None:
    world = World(champion=Champion(version=1, lambda_version="2"))
    world.end(world.admit(world.event("e1")).run_id)
    setattr(world, changed, "another")
    assert world.admit(world.event("a", "Alarm Standing", alarm="keepfit-m-drift")).admitted


def test_a_suppressed_upload_that_waits_gives_the_same_answer_when_it_is_asked_again() -> None:
    world = World(policy=RetrainingDefinition(on=["upload"], cooldown=Duration.parse("1h")))
    world.end(world.admit(world.event("e1")).run_id)
    world.data.heads["flights"] = 2
    arn = world.start()
    at = world.now
    first = world.admit(world.event("e2"), arn=arn, at=at)
    world.wait(minutes=5)
    assert first.ask_again_at == at + timedelta(hours=1)
    assert world.admit(world.event("e2"), arn=arn, at=at) == first


def test_a_crowd_that_is_too_large_is_told_to_come_back() -> None:
    world = World()

    def overtaken(_runs: MemoryRuns, _record: AdmissionRecord) -> None:
        raise Conflict("overtaken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryRuns, "replace_admission", overtaken)
        with pytest.raises(Conflict, match="call again"):
            world.admit(world.event("e1"))
