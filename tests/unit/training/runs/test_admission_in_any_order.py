"""Whatever order events, ends and waits come in: one run at a time, and nothing uploaded is forgotten."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.memory.training import MemoryRuns
from keepfit.errors import Conflict
from keepfit.instants import Duration
from keepfit.registry.champion import Champion
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.admission_rules import AdmissionRecord
from keepfit.training.runs.run import ABANDONED, ABORTED, RELEASED, TrainingRun
from keepfit.training.runs.triggers import read_trigger
from tests.drawn import examples
from tests.unit.training.support.world import World


def end_as(world: World, run_id: str, outcome: str) -> None:
    """Ends a run; one that is released serves."""
    world.end(run_id, outcome)
    if outcome == RELEASED:
        world.champion = Champion(version=1, lambda_version="2")


@examples(150)
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
            run_id = under_way.pop()
            # The last run learns, or nothing would be left to ask again.
            ends = ["released", "champion kept", "abandoned", "aborted"] if uploads else ["released"]
            end_as(world, run_id, chance.choice(ends))
        over = [entry for entry in waiting if entry[0] <= world.now]
        for entry in over:
            waiting.remove(entry)
            world.closing.ask_again(read_trigger(entry[1]))
        for event in world.asked_again():
            deliver(event)
    newest = world.runs.newest(1)[0]
    assert newest.data["flights"] == world.data.heads["flights"]
    learned = [run for run in world.runs.newest(100) if run.outcome not in (ABANDONED, ABORTED)]
    admitted = sorted(run.started_at for run in learned)
    with_one_serving = sorted(run.started_at for run in learned if run.champion or run.outcome == RELEASED)
    assert all(later - earlier >= policy.cooldown.delta for earlier, later in pairwise(with_one_serving))
    assert max(Counter(at.date() for at in admitted).values()) <= policy.max_per_day


@examples(60)
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


@examples(150)
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
