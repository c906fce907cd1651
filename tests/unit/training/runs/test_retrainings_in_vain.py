"""Retrainings that bring no gain stop, for their cause alone, until a person lets them go on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission import Answer
from tests.unit.training.support.world import World


def a_world(limit: int = 2, **changes: Any) -> World:
    policy = RetrainingDefinition(
        on=["upload", "alarm", "schedule"], cooldown=Duration(0), max_per_day=1000, no_gain_limit=limit
    )
    world = World(policy=policy, champion=Champion(version=1, lambda_version="2"), **changes)
    world.alarms.standing["drift"] = world.now
    return world


def ask(world: World, kind: str, number: int) -> Answer:
    """Asks for a training on new data, by one of the causes."""
    if kind == "person":
        return world.admit(world.event(f"p{number}", "Training Requested", "keepfit.person", by="ada"))
    if kind == "schedule":
        return world.admit(world.event(f"s{number}", "Scheduled Event", "aws.scheduler"))
    if kind == "upload":
        return world.admit(world.event(f"u{number}"))
    return world.admit(world.event(f"a{number}", "Alarm Standing", alarm=f"keepfit-m-{kind}"))


def retrain(world: World, kind: str = "drift", *, gain: float | None = None, number: int = 0) -> str:
    """One retraining that is released, and what it was found to have gained; the id of its run."""
    world.wait(minutes=1)
    world.data.heads["flights"] += 1
    answer = ask(world, kind, number or world.started)
    assert answer.admitted, answer.reason
    world.end(answer.run_id, "released", version=2)
    if gain is not None:
        tell(world, answer.run_id, kind, gain)
    return answer.run_id


def tell(world: World, run_id: str, cause: str, gain: float) -> None:
    """Twice, as events come."""
    for _ in range(2):
        world.closing.count_gain(
            LaterGain(
                version=2,
                before=1,
                cause=cause,
                run_id=run_id,
                measured_at=world.now,
                metric="roc_auc",
                gain=gain,
                interval=(gain - 0.01, gain + 0.01),
                value=0.7,
                value_before=0.7 - gain,
                rows=500,
            )
        )


def again(world: World) -> None:
    """The alarm ends, and sounds anew."""
    world.wait(hours=1)
    world.alarms.standing["drift"] = world.now


def test_drift_whose_retrainings_did_worse_starts_no_more_and_says_so() -> None:
    world = a_world()
    runs = []
    for _ in range(2):
        runs.append(retrain(world, gain=-0.05))
        again(world)
    world.data.heads["flights"] += 1
    answer = ask(world, "drift", 9)
    assert not answer.admitted
    assert "drift starts no training any more: 2 retrainings in a row did worse" in answer.reason
    (incident,) = world.runs.admission().incidents
    assert (incident.kind, incident.cause, incident.runs, incident.attempts) == ("no gain", "drift", runs, 2)
    assert world.metrics.published[-1] == 1
    assert ask(world, "drift", 10).reason == answer.reason
    assert len(world.runs.admission().incidents) == 1


def test_other_causes_and_people_still_train() -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, gain=-0.05)
        again(world)
    assert not ask(world, "drift", 9).admitted
    for kind in ("decay", "upload", "schedule", "person"):
        world.data.heads["flights"] += 1
        answer = ask(world, kind, 20)
        run = world.runs.find(answer.run_id)
        assert answer.admitted, answer.reason
        assert run is not None
        assert run.trigger.cause == kind, "an upload is no retraining of an alarm that nobody may answer"
        world.end(answer.run_id, "champion kept")


def test_an_upload_starts_nothing_where_only_the_stopped_alarm_would_have_let_it() -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, gain=-0.05)
        again(world)
    ask(world, "drift", 9)
    world.policy.on[:] = ["first_upload", "alarm"]
    world.data.heads["flights"] += 1
    assert "an upload does not retrain this model" in ask(world, "upload", 9).reason


@pytest.mark.parametrize("stands", [True, False])
def test_an_upload_answers_drift_where_it_stands_beside_decay_that_was_stopped(stands: bool) -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, "decay", gain=-0.05)
        again(world)
    assert not ask(world, "decay", 9).admitted
    world.alarms.standing["m-decay"] = world.now
    if not stands:
        del world.alarms.standing["drift"]
    world.data.heads["flights"] += 1
    run = world.runs.find(ask(world, "upload", 10).run_id)
    assert run is not None
    assert run.trigger.cause == ("drift" if stands else "upload")
    assert "alarm" not in run.trigger.detail


@pytest.mark.parametrize("gain", [0.05, 0.0])
def test_a_retraining_that_did_not_surely_worse_begins_the_row_anew(gain: float) -> None:
    world = a_world()
    for one in (-0.05, gain, -0.05):
        retrain(world, gain=one)
        again(world)
    retrain(world)


def test_drift_that_stands_through_releases_starts_no_more() -> None:
    world = a_world(limit=3)
    runs = [retrain(world) for _ in range(3)]
    world.data.heads["flights"] += 1
    answer = ask(world, "drift", 9)
    assert not answer.admitted
    assert "the alarm has stood since 2013-03-01 12:00 UTC, through 3 retrainings in a row" in answer.reason
    (incident,) = world.runs.admission().incidents
    assert (incident.kind, incident.cause, incident.runs) == ("no gain", "drift", runs)


def test_an_alarm_that_ended_meanwhile_is_another_drift() -> None:
    world = a_world(limit=2)
    for _ in range(5):
        retrain(world)
        again(world)


def test_a_champion_that_was_kept_is_no_release_that_failed_to_end_the_alarm() -> None:
    world = a_world(limit=1)
    for number in range(3):
        world.data.heads["flights"] += 1
        answer = ask(world, "drift", number)
        assert answer.admitted
        world.end(answer.run_id, "champion kept")


def test_a_person_lets_the_cause_train_again_by_closing_the_incident() -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, gain=-0.05)
        again(world)
    world.data.heads["flights"] += 1
    ask(world, "drift", 9)
    (closed,) = world.closing.close_incidents(who="ada", why="the features are mended")
    assert (closed.kind, closed.closed_by) == ("no gain", "ada")
    (event,) = world.asked_again()
    answer = world.admit(event)
    assert answer.admitted, answer.reason
    world.end(answer.run_id, "released", version=3)
    assert world.metrics.published[-1] == 0
    again(world)
    retrain(world, number=30)


def test_another_training_that_succeeds_does_not_close_it() -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, gain=-0.05)
        again(world)
    ask(world, "drift", 9)
    world.data.heads["flights"] += 1
    retrain(world, "upload", gain=0.05)
    (incident,) = world.runs.admission().incidents
    assert incident.closed_at is None


def test_what_waits_of_a_stopped_cause_does_not_become_the_reason_of_a_training() -> None:
    world = a_world()
    for _ in range(2):
        retrain(world, gain=-0.05)
        again(world)
    world.data.heads["flights"] += 1
    ask(world, "drift", 9)
    held = ask(world, "person", 40)
    ask(world, "upload", 41)
    world.data.heads["flights"] += 1
    record = world.runs.admission()
    kept = msgspec.structs.replace(record.waiting[0], trigger=record.incidents[-1].trigger)
    world.runs.replace_admission(msgspec.structs.replace(record, waiting=[*record.waiting, kept]))
    world.end(held.run_id, "champion kept")
    for event in world.asked_again():
        answer = world.admit(event)
    assert not answer.admitted
    (event,) = world.asked_again()
    run = world.runs.find(world.admit(event).run_id)
    assert run is not None
    assert run.trigger.cause == "upload"
