"""From an event to a run or a recorded suppression, whatever is delivered twice, late, at once, or dies half-way."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.adapters.memory.training import MemoryRuns
from keepfit.errors import Conflict
from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.training.admission import AdmissionRecord
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs import TrainingRun
from keepfit.training.triggers import read_trigger
from tests.unit.training.world import World


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
    assert admitted == 2


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


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whatever_is_uploaded_is_learned_from_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    policy = RetrainingDefinition(on=["upload"], cooldown=Duration.parse("1h"), max_per_day=3)
    world = World(policy=policy)
    uploads, under_way = chance.randint(1, 12), list[str]()
    waiting: list[tuple[datetime, dict[str, Any]]] = []

    def deliver(event: dict[str, Any]) -> None:
        answer = world.admit(event)
        if answer.admitted:
            under_way.append(answer.run_id)
        if answer.ask_again_at is not None:
            waiting.append((answer.ask_again_at, event))

    while uploads or under_way or waiting:
        world.wait(minutes=chance.expovariate(1 / 20))
        if uploads:
            uploads -= 1
            world.data.heads["flights"] += 1
            deliver(world.event(f"upload-{uploads}"))
        if under_way and chance.random() < 0.5:
            world.end(under_way.pop())
        over = [entry for entry in waiting if entry[0] <= world.now]
        for entry in over:
            waiting.remove(entry)
            world.closing.ask_again(read_trigger(entry[1]))
        for event in world.asked_again():
            deliver(event)
    newest = world.runs.newest(1)[0]
    assert newest.data["flights"] == world.data.heads["flights"]
    admitted = sorted(run.started_at for run in world.runs.newest(100))
    assert all(later - earlier >= policy.cooldown.delta for earlier, later in pairwise(admitted))
    assert max(Counter(at.date() for at in admitted).values()) <= policy.max_per_day


def test_a_crowd_that_is_too_large_is_told_to_come_back() -> None:
    world = World()

    def overtaken(_runs: MemoryRuns, _record: AdmissionRecord) -> None:
        raise Conflict("overtaken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryRuns, "replace_admission", overtaken)
        with pytest.raises(Conflict, match="call again"):
            world.admit(world.event("e1"))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_hundred_shuffled_deliveries_of_five_uploads_train_at_most_five_times(seed: int) -> None:
    chance = random.Random(seed)
    world = World()
    uploads = [world.event(f"upload-{n}") for n in range(5)]
    deliveries = [event for event in uploads for _ in range(20)]
    chance.shuffle(deliveries)
    seen: set[str] = set()
    under_way: list[str] = []
    admitted = total = 0
    while deliveries:
        event = deliveries.pop()
        total += 1
        if event["id"] in {upload["id"] for upload in uploads} - seen:
            seen.add(event["id"])
            world.data.heads["flights"] += 1
        world.wait(seconds=chance.random() * 60)
        answer = world.admit(event)
        if answer.admitted:
            assert not under_way
            admitted += 1
            under_way.append(answer.run_id)
        if under_way and chance.random() < 0.2:
            world.end(under_way.pop(), chance.choice(["released", "champion kept", "abandoned"]))
            deliveries += world.asked_again()
    assert 1 <= admitted <= 5
    assert len(world.runs.newest_suppressions(1000)) == total - admitted
    assert all(recorded.reason for recorded in world.runs.newest_suppressions(1000))


class Interleaved(MemoryRuns):
    """Lets another admission or closing run to its end between a reading and a writing."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], None]] = []
        self.between: Callable[[], bool] = lambda: False

    def _let_others(self) -> None:
        if self.others and self.between():
            self.others.pop()()

    def admission(self) -> AdmissionRecord:
        record = super().admission()
        self._let_others()
        return record

    def replace_admission(self, record: AdmissionRecord) -> None:
        self._let_others()
        super().replace_admission(record)
        self._let_others()

    def put(self, run: TrainingRun) -> None:
        self._let_others()
        super().put(run)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_two_runs_never_hold_the_lock_however_they_interleave(seed: int) -> None:
    chance = random.Random(seed)
    runs = Interleaved()
    world = World(runs=runs)
    runs.between = lambda: chance.random() < 0.5
    open_runs: set[str] = set()
    most, admitted = 0, []

    def deliver(event: dict[str, Any]) -> None:
        nonlocal most
        world.data.heads["flights"] += 1
        try:
            answer = world.admit(event)
        except Conflict:
            return
        if answer.admitted:
            admitted.append(event["id"])
            open_runs.add(answer.run_id)
            most = max(most, len(open_runs))
            runs.others.insert(0, partial(finish, answer.run_id))

    def finish(run_id: str) -> None:
        open_runs.discard(run_id)  # from here on its lock may be anyone's
        world.end(run_id, chance.choice(["released", "abandoned"]))
        for event in world.asked_again():
            runs.others.append(partial(deliver, event))

    runs.others = [partial(deliver, world.event(f"upload-{n % 6}")) for n in range(18)]
    while runs.others:
        runs.others.pop()()
    assert most == 1
    assert 1 <= len(admitted) <= 6
    record = runs.admission()
    assert record.lock_run is None
    assert record.pending_trigger is None
