"""A training that failed is tried again, later and later, and then told as an incident."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.failures import Retry
from keepfit.training.runs.incidents import open_incidents
from keepfit.training.runs.run import TrainingRun
from tests.unit.training.support.world import World

MINUTE = timedelta(minutes=1)


def a_world(**policy: Any) -> World:
    return World(
        policy=RetrainingDefinition(
            **{"on": ["upload", "alarm"], "cooldown": Duration(0), "max_per_day": 1000, **policy}
        )
    )


def fail(world: World, *, retry: Retry = "later") -> list[TrainingRun]:
    """Fails every run that comes of an upload, and of what is asked again, until nothing is; the runs in order."""
    deliveries: list[dict[str, Any]] = [world.event("e1")]
    while deliveries:
        answer = world.admit(deliveries.pop(0))
        if answer.admitted:
            world.end(answer.run_id, "abandoned", reason="OutOfMemory: 8 GB", retry=retry)
        elif answer.ask_again_at is not None:
            world.now = answer.ask_again_at
            (waited,) = [each for each in world.runs.admission().waiting if each.until == world.now]
            world.closing.ask_again(waited.trigger)
        deliveries += world.asked_again()
    return world.runs.newest(100)[::-1]


def test_a_training_that_keeps_failing_is_tried_after_waits_that_double_and_then_opens_one_incident() -> None:
    world = a_world(retries=3, retry_after=Duration.parse("15m"))
    runs = fail(world)
    waits = [later.started_at - earlier.started_at for earlier, later in pairwise(runs)]
    assert waits == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE]
    (incident,) = world.runs.admission().incidents
    assert (incident.kind, incident.cause, incident.attempts) == ("training failed", "upload", 4)
    assert incident.runs == [run.run_id for run in runs]
    assert (incident.reason, incident.closed_at) == ("OutOfMemory: 8 GB", None)
    assert world.metrics.published[-1] == 1
    assert "an incident is open" in world.runs.newest_suppressions(1)[0].reason


def test_no_wait_is_longer_than_a_day() -> None:
    runs = fail(a_world(retries=10, retry_after=Duration.parse("6h")))
    waits = [later.started_at - earlier.started_at for earlier, later in pairwise(runs)]
    assert waits == [timedelta(hours=hours) for hours in (6, 12, *[24] * 8)]


def test_without_retries_the_first_failure_is_the_incident() -> None:
    world = a_world(retries=0)
    assert len(fail(world)) == 1
    assert len(open_incidents(world.runs.admission().incidents)) == 1


def test_what_cannot_help_is_not_tried_again_but_told_at_once() -> None:
    world = a_world(retries=3)
    assert len(fail(world, retry="no use")) == 1
    (incident,) = world.runs.admission().incidents
    assert incident.attempts == 1
    assert "would fail again" in world.runs.newest_suppressions(1)[0].reason


def test_what_a_person_stopped_is_not_tried_again_by_itself_and_is_no_incident() -> None:
    world = a_world(retries=3)
    assert len(fail(world, retry="not wanted")) == 1
    assert world.runs.admission().incidents == []


@pytest.mark.parametrize("retry", ["later", "no use"])
def test_while_the_incident_is_open_the_same_is_not_tried_and_a_standing_alarm_starts_nothing(
    retry: Retry,
) -> None:
    world = a_world()
    runs = fail(world, retry=retry)
    world.alarms.standing["drift"] = world.now
    for hour in range(48):
        world.wait(hours=1)
        alarm = world.event(f"a{hour}", "Alarm Standing", alarm="drift", since=world.now.isoformat())
        assert not world.admit(alarm).admitted
    assert len(world.runs.newest(100)) == len(runs)
    assert len(world.runs.admission().incidents) == 1


def test_other_data_is_tried_once_for_each_upload_while_the_incident_is_open() -> None:
    world = a_world(retries=2)
    fail(world)
    for number in range(3):
        world.data.heads["flights"] += 1
        answer = world.admit(world.event(f"more-{number}"))
        assert answer.admitted
        world.end(answer.run_id, "abandoned", reason="OutOfMemory: 16 GB")
        (again,) = world.asked_again()
        assert not world.admit(again).admitted
    (incident,) = world.runs.admission().incidents
    assert (incident.attempts, incident.reason) == (6, "OutOfMemory: 16 GB")


def test_the_next_training_that_comes_to_a_verdict_closes_the_incident() -> None:
    world = a_world()
    fail(world)
    world.data.heads["flights"] += 1
    answer = world.admit(world.event("mended"))
    world.end(answer.run_id, "released", version=1)
    (incident,) = world.runs.admission().incidents
    assert incident.closed_at == world.now
    assert (incident.closed_by, answer.run_id in str(incident.why)) == ("training run", True)
    assert world.metrics.published[-1] == 0
    assert world.runs.admission().failures is None


def test_a_person_closes_the_incident_and_what_was_given_up_is_tried_again() -> None:
    world = a_world(retries=1)
    runs = fail(world)
    (closed,) = world.closing.close_incidents(who="ada", why="more memory")
    assert (closed.closed_by, closed.why, closed.closed_at) == ("ada", "more memory", world.now)
    world.wait(minutes=1)
    assert world.closing.close_incidents(who="ada", why="more memory") == []
    (again,) = world.asked_again()
    answer = world.admit(again)
    assert answer.admitted
    world.end(answer.run_id, "abandoned", reason="OutOfMemory")
    assert len(runs) == 2
    assert not open_incidents(world.runs.admission().incidents), "it has its attempts again"


def test_a_person_who_forces_a_training_is_not_kept_from_it_by_an_incident() -> None:
    world = a_world()
    fail(world)
    asked = world.event("p", "Training Requested", "keepfit.person", by="ada")
    assert "ask with force" in world.admit(asked).reason
    forced = world.event("f", "Training Requested", "keepfit.person", by="ada", force=True)
    assert world.admit(forced).admitted


def test_what_a_person_forced_is_tried_again_as_everything_else_is() -> None:
    world = a_world(retries=2)
    forced = world.event("f", "Training Requested", "keepfit.person", by="ada", force=True)
    world.end(world.admit(forced).run_id, "abandoned", reason="OutOfMemory")
    (again,) = world.asked_again()
    assert world.admit(again).ask_again_at == world.now + 15 * MINUTE


def test_a_failed_retraining_is_tried_again_though_the_alarm_no_longer_stands() -> None:
    world = a_world(on=["alarm"])
    world.alarms.standing["drift"] = world.now
    alarm = world.event("a", "Alarm Standing", alarm="drift", since=world.now.isoformat())
    world.end(world.admit(alarm).run_id, "abandoned", reason="OutOfMemory")
    (again,) = world.asked_again()
    world.wait(minutes=15)
    world.alarms.standing.clear()
    assert world.admit(again).admitted, "it answers what waited with it, too"


def test_an_incident_is_remembered_when_it_is_closed_but_not_for_ever() -> None:
    world = a_world(retries=0)
    for number in range(25):
        world.data.heads["flights"] += 1
        answer = world.admit(world.event(f"e{number}"))
        world.end(answer.run_id, "abandoned", reason=f"broken {number}")
        for event in world.asked_again():
            world.admit(event)
        world.closing.close_incidents(who="ada", why="seen")
        world.events.sent.clear()
        record = world.runs.admission()
        world.runs.replace_admission(msgspec.structs.replace(record, waiting=[]))
    incidents = world.runs.admission().incidents
    assert 20 <= len(incidents) <= 21
    assert incidents[-1].reason == "broken 24"
