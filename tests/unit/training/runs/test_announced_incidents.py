"""Incidents are announced when they are opened and when they are closed, as a notice can be made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepfit.instants import Duration
from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.read_event import read_notice
from keepfit.training.definition import RetrainingDefinition
from tests.unit.training.support.world import World


def a_world() -> World:
    return World(
        policy=RetrainingDefinition(on=["upload", "alarm"], cooldown=Duration(0), max_per_day=9, retries=0)
    )


def fail(world: World, event_id: str) -> None:
    answer = world.admit(world.event(event_id))
    assert answer.admitted
    world.end(answer.run_id, "abandoned", reason="OutOfMemory: 8 GB")
    for again in world.asked_again():
        assert not world.admit(again).admitted


def notices(world: World) -> list[Notice]:
    """What people would be told of, with repetitions."""
    events: list[dict[str, Any]] = [
        {"source": "keepfit", "detail-type": detail_type, "detail": detail}
        for detail_type, detail in [*world.announced, *world.events.sent]
        if detail_type.startswith("Incident")
    ]
    found = [read_notice(event) for event in events]
    return [each for each in found if isinstance(each, Notice)]


def test_an_incident_that_is_opened_says_what_failed_and_how_to_close_it() -> None:
    world = a_world()
    fail(world, "e1")
    notice = notices(world)[-1]
    assert notice.title == "m: trainings keep failing, and none is started by itself"
    assert notice.facts[0] == "OutOfMemory: 8 GB"
    assert "keepfit incidents close m" in notice.next


def test_one_that_stays_open_is_announced_again_as_the_same() -> None:
    world = a_world()
    fail(world, "e1")
    world.wait(hours=3)
    world.admit(world.event("e2"))
    assert len(notices(world)) > 1
    assert len({each.id for each in notices(world)}) == 1


def test_one_that_is_closed_says_by_whom_and_is_announced_for_an_hour() -> None:
    world = a_world()
    fail(world, "e1")
    world.wait(hours=1)
    world.closing.close_incidents(who="ada", why="more memory")
    closed = notices(world)[-1]
    assert (closed.title, closed.facts) == (
        "m: the incident is closed: training failed",
        ["by ada: more memory"],
    )
    assert closed.since == world.now
    world.wait(minutes=59)
    world.closing.tell_incidents(world.runs.admission())
    assert notices(world)[-1].id == closed.id
    before = len(notices(world))
    world.now += timedelta(minutes=2)
    world.closing.tell_incidents(world.runs.admission())
    assert len(notices(world)) == before


def test_a_model_that_never_had_one_announces_none() -> None:
    world = a_world()
    answer = world.admit(world.event("e1"))
    world.end(answer.run_id, "released")
    assert notices(world) == []
