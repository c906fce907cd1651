"""Runs end once, whatever interrupts their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keepfit.adapters.memory.features import MemoryEvents
from keepfit.adapters.memory.training import MemoryRuns
from keepfit.errors import Conflict
from keepfit.events import RETRAINING_REQUESTED
from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.run import TrainingRun
from tests.unit.training.support.world import World


def a_run_with_something_kept(world: World) -> TrainingRun:
    answer = world.admit(world.event("e1"))
    world.data.heads["flights"] = 2
    world.admit(world.event("e2"))
    run = world.runs.find(answer.run_id)
    assert run is not None
    return run


def test_a_run_that_ends_says_how_and_gives_its_lock_back() -> None:
    world = World()
    run_id = world.admit(world.event("e1")).run_id
    world.wait(minutes=3)
    world.end(run_id, "released", reason="boosting is best", version=3)
    run = world.runs.find(run_id)
    assert run is not None
    assert (run.outcome, run.reason, run.version) == ("released", "boosting is best", 3)
    assert run.closed_at == world.now
    record = world.runs.admission()
    assert (record.lock_run, record.lock_execution, record.lock_until) == (None, None, None)


@pytest.mark.parametrize(
    "outcome", ["released", "champion kept", "rolled back", "rejected by golden requests"]
)
def test_a_run_that_came_to_a_verdict_is_not_repeated_with_the_same_data(outcome: str) -> None:
    world = World()
    world.end(world.admit(world.event("e1")).run_id, outcome)
    world.wait(days=2)
    assert "nothing new to learn from" in world.admit(world.event("e2")).reason


@pytest.mark.parametrize(
    ("champion", "outcome", "waits"),
    [
        (None, "champion kept", False),
        (None, "rejected by golden requests", False),
        (None, "abandoned", False),
        (None, "released", True),
        (Champion(version=1, lambda_version="2"), "champion kept", True),
        (Champion(version=1, lambda_version="2"), "abandoned", False),
    ],
)
def test_the_corrected_upload_waits_only_where_something_serves_and_a_verdict_was_reached(
    champion: Champion | None, outcome: str, waits: bool
) -> None:
    hour = RetrainingDefinition(on=["upload"], cooldown=Duration.parse("1h"), max_per_day=9)
    world = World(policy=hour, champion=champion)
    world.end(world.admit(world.event("e1")).run_id, outcome)
    world.data.heads["flights"] = 2
    answer = world.admit(world.event("e2"))
    assert (answer.ask_again_at is not None, answer.admitted) == (waits, not waits)


@pytest.mark.parametrize("outcome", ["abandoned", "aborted"])
def test_a_run_that_came_to_none_may_be_repeated(outcome: str) -> None:
    world = World()
    world.end(world.admit(world.event("e1")).run_id, outcome)
    world.wait(minutes=15)
    assert world.admit(world.event("e2")).admitted


def release_of(world: World, version: int) -> dict[str, Any]:
    return world.event(f"release-{version}", "Release Requested", "keepfit.person", release=version)


def test_a_release_says_which_version_and_reads_no_data() -> None:
    world = World()
    answer = world.admit(release_of(world, 3))
    assert (answer.admitted, answer.release) == (True, 3)
    run = world.runs.find(answer.run_id)
    assert run is not None
    assert run.data == {}


@pytest.mark.parametrize("outcome", ["released", "champion kept", "rolled back"])
def test_after_a_release_there_is_as_much_to_learn_as_before(outcome: str) -> None:
    world = World()
    world.end(world.admit(release_of(world, 1)).run_id, outcome)
    training = world.admit(world.event("e1"))
    assert (training.admitted, training.release) == (True, None)
    world.end(training.run_id)
    world.end(world.admit(release_of(world, 2)).run_id, outcome)
    assert "nothing new to learn from" in world.admit(world.event("e2")).reason


def test_a_kept_trigger_is_asked_again_once() -> None:
    world = World()
    run = a_run_with_something_kept(world)
    world.end(run.run_id)
    world.end(run.run_id)
    ((kind, detail),) = world.events.sent
    assert kind == RETRAINING_REQUESTED
    assert detail["model"] == "m"
    assert detail["trigger"]["id"] == "e2"
    (again,) = world.asked_again()
    assert world.admit(again).admitted


def test_ending_twice_changes_nothing_the_second_time() -> None:
    world = World()
    run_id = world.admit(world.event("e1")).run_id
    world.end(run_id, "released", version=3)
    ended, record = world.runs.find(run_id), world.runs.admission()
    world.wait(minutes=1)
    world.end(run_id, "released", version=3)
    assert world.runs.find(run_id) == ended
    assert world.runs.admission() == record


def test_a_run_that_ended_well_is_not_abandoned_by_a_later_failure_of_its_end() -> None:
    world = World()
    run_id = world.admit(world.event("e1")).run_id
    world.end(run_id, "released", version=3)
    world.end(run_id, "abandoned", reason="Close timed out")
    run = world.runs.find(run_id)
    assert run is not None
    assert (run.outcome, run.version) == ("released", 3)


def test_an_end_leaves_the_lock_of_another_run_alone() -> None:
    world = World()
    first = world.admit(world.event("e1")).run_id
    world.end(first)
    world.data.heads["flights"] = 2
    second = world.admit(world.event("e2")).run_id
    world.end(first)
    assert world.runs.admission().lock_run == second


def test_a_run_that_admit_never_wrote_still_gives_its_lock_back() -> None:
    world = World()
    run_id = world.admit(world.event("e1")).run_id
    world.runs.runs.clear()
    world.closing.close(run_id, "abandoned", reason="Admit failed")
    assert world.runs.admission().lock_run is None
    assert world.runs.admission().fingerprint is None


def test_ending_a_run_that_never_held_the_lock_is_harmless() -> None:
    world = World()
    world.closing.close("run-0", "abandoned")
    assert world.runs.admission().revision == 0


@pytest.mark.parametrize(
    ("where", "step"), [(MemoryRuns, "put"), (MemoryRuns, "replace_admission"), (MemoryEvents, "put")]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_end_that_dies_anywhere_is_completed_by_its_retry(
    where: type[Any], step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = a_run_with_something_kept(world)
    real: Callable[..., None] = getattr(where, step)

    def dying(*args: Any) -> None:
        if when == "after":
            real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, step, dying)
        with pytest.raises(KeyboardInterrupt):
            world.closing.close(run.run_id, "released", version=3)
    world.end(run.run_id, "released", version=3)
    ended = world.runs.find(run.run_id)
    assert ended is not None
    assert (ended.outcome, ended.version) == ("released", 3)
    record = world.runs.admission()
    assert (record.lock_run, record.waiting) == (None, [])
    assert record.fingerprint == run.fingerprint
    answers = [world.admit(event) for event in world.asked_again()]
    assert [answer.admitted for answer in answers].count(True) == 1


def test_a_crowd_that_is_too_large_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    run_id = world.admit(world.event("e1")).run_id

    def overtaken(*_: object) -> None:
        raise Conflict("overtaken")

    monkeypatch.setattr(MemoryRuns, "replace_admission", overtaken)
    with pytest.raises(Conflict, match="call again"):
        world.closing.close(run_id, "released")
