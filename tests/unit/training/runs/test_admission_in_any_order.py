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
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.incidents import open_incidents
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

    while uploads or under_way or waiting or world.events.sent:
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
    learned = [run for run in world.runs.newest(1000) if run.outcome not in (ABANDONED, ABORTED)]
    assert 0 <= len(learned) <= 5
    assert admitted >= 1
    assert len(world.runs.newest_suppressions(1000)) == total - admitted
    assert all(recorded.reason for recorded in world.runs.newest_suppressions(1000))


def asked_by_all(world: World, chance: random.Random) -> list[dict[str, Any]]:
    """Events of every cause, each delivered up to three times, in any order."""
    standing = {"since": world.now.isoformat()}
    asked = [
        *(world.event(f"upload-{number}") for number in range(chance.randint(1, 4))),
        *(world.event(f"schedule-{number}", "Scheduled Event", "aws.scheduler") for number in range(2)),
        *(
            world.event(f"drift-{number}", "Alarm Standing", alarm="m-drift", **standing)
            for number in range(2)
        ),
        *(
            world.event(f"decay-{number}", "Alarm Standing", alarm="m-decay", **standing)
            for number in range(2)
        ),
        world.event("person", "Training Requested", "keepfit.person", by="ada"),
    ]
    deliveries = [event for event in asked for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    return deliveries


def nothing_was_lost(world: World) -> None:
    """The newest data was learned from, or a person is told; trainings are a cooldown apart."""
    record, runs = world.runs.admission(), world.runs.newest(1000)
    learned = [run for run in runs if run.outcome not in (None, ABANDONED, ABORTED)]
    given_up = open_incidents(record.incidents)
    assert runs[0].data["flights"] == world.data.heads["flights"]
    assert runs[0] in learned or given_up, "what failed is tried again until a person is told"
    assert len(given_up) <= 1
    admitted = sorted(run.started_at for run in learned)
    assert all(later - earlier >= world.policy.cooldown.delta for earlier, later in pairwise(admitted))
    assert [each for each in record.waiting if each.until is None] == []


@examples(150)
@given(seed=st.integers(0, 10**9))
def test_of_shuffled_repeated_and_delayed_triggers_none_is_lost_and_one_trains_in_a_cooldown(
    seed: int,
) -> None:
    chance = random.Random(seed)
    policy = RetrainingDefinition(
        on=["upload", "alarm", "schedule"], cooldown=Duration.parse("2h"), retries=2
    )
    world = World(policy=policy, champion=Champion(version=1, lambda_version="2"))
    world.alarms.standing["drift"] = world.now
    deliveries, under_way, told = asked_by_all(world, chance), list[str](), set[str]()
    waiting: list[tuple[datetime, dict[str, Any]]] = []

    def deliver(event: dict[str, Any]) -> None:
        if event["id"].startswith("upload") and event["id"] not in told:
            world.data.heads["flights"] += 1
        told.add(event["id"])
        before = world.runs.admission().waiting
        answer = world.admit(event)
        if answer.ask_again_at is not None:
            waiting.append((answer.ask_again_at, event))
        if not answer.admitted:
            return
        assert not under_way
        under_way.append(answer.run_id)
        run = world.runs.find(answer.run_id)
        assert run is not None
        assert run.trigger.priority >= max((each.trigger.priority for each in before), default=0)

    while deliveries or under_way or waiting or world.events.sent:
        world.wait(minutes=min(chance.expovariate(1 / 20), 60))
        lock_until = world.runs.admission().lock_until
        if under_way and (chance.random() < 0.5 or (lock_until and world.now > lock_until)):
            world.end(under_way.pop(), chance.choice(["released", "champion kept", "abandoned", "aborted"]))
        if deliveries and chance.random() < 0.7:
            deliver(deliveries.pop())
        for entry in [entry for entry in waiting if entry[0] <= world.now]:
            waiting.remove(entry)
            world.closing.ask_again(read_trigger(entry[1]))
        for event in world.asked_again():
            deliver(event)
    nothing_was_lost(world)


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
        world.data.heads["flights"] += (
            event["source"] == "keepfit" and event["detail-type"] == "Dataset Updated"
        )
        try:
            answer = world.admit(event)
        except Conflict:
            return
        if answer.admitted:
            admitted.append(answer.run_id)
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
    assert admitted
    record = runs.admission()
    assert record.lock_run is None
    assert [each for each in record.waiting if each.until is None] == []
