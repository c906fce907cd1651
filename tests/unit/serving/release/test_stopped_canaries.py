"""A canary begins while its run is being ended: whatever comes first, none is left."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Condition
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.registry import MemoryLedger, MemoryVersions
from keepfit.adapters.memory.serving import MemoryRouting
from keepfit.errors import Superseded
from keepfit.instants import now
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import record_gain, verify
from keepfit.registry.versions import Release
from keepfit.serving.release.alias_mover import AliasMover
from keepfit.serving.release.recorded_alias import Order
from keepfit.serving.release.routing import Routing

RUN, STEP, END = "the stopped run", "the step", "the end"
CHAMPION, CHALLENGER = "2", "3"
GAIN = LaterGain(
    version=1,
    before=0,
    cause="drift",
    run_id="an earlier run",
    measured_at=datetime(2026, 1, 2, tzinfo=UTC),
    metric="roc_auc",
    gain=0.01,
    interval=(0.001, 0.02),
    value=0.71,
    value_before=0.7,
    rows=500,
)
ORDER = Order(version=2, lambda_version=CHALLENGER, who="training run", why="", run_id=RUN)


class Stage:
    """A champion serves, and a run is about to try a challenger."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.live, self.ledger, versions = (
            MemoryRouting(CHAMPION, CHALLENGER),
            MemoryLedger(),
            MemoryVersions(model="m"),
        )
        for version, lambda_version in ((1, CHAMPION), (2, CHALLENGER)):
            at = datetime(2026, 1, 1, tzinfo=UTC)
            code = lambda_version
            versions.record_release(
                Release(lambda_version=code, version=version, code_sha256=code, published_at=at)
            )
        self.mover = AliasMover(
            live=self.live,
            versions=versions,
            ledger=self.ledger,
            over=self.closed.__contains__,
            code_sha256=str,
            now=now,
            timeout_s=0,
        )
        self.mover.restore(1, who="somebody", why="", force=True)

    def close(self) -> None:
        self.closed.add(RUN)

    def left_alone(self) -> bool:
        """The champion serves alone, and the ledger knows it."""
        entries = self.ledger.entries()
        verify(entries)
        alias = self.live.read()
        assert entries[-1].revision == alias.revision
        return alias.routing == Routing(lambda_version=CHAMPION)


class Turns:
    """Lets two threads call one by one, in the order that was drawn; who is done gives its turns away."""

    def __init__(self, order: list[str]) -> None:
        self._order = order
        self._turn = Condition()

    def call(self, who: str, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with self._turn:
            self._turn.wait_for(lambda: not self._order or self._order[0] == who)
            try:
                return function(*given, **named)
            finally:
                self._order[:1] = []
                self._turn.notify_all()

    def done(self, who: str) -> None:
        with self._turn:
            self._order[:] = [other for other in self._order if other != who]
            self._turn.notify_all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A port whose every call waits for its turn."""

    port: Any
    turns: Turns
    who: str

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self.port, name)
        return lambda *given, **named: self.turns.call(self.who, function, *given, **named)


def taking_turns(stage: Stage, turns: Turns, who: str) -> AliasMover:
    return replace(
        stage.mover,
        live=Waiting(stage.live, turns, who),
        ledger=Waiting(stage.ledger, turns, who),
        over=lambda run: turns.call(who, stage.closed.__contains__, run),
    )


@pytest.mark.parametrize("seed", range(300))
def test_no_canary_outlives_the_end_of_its_run_in_whichever_order_both_work(seed: int) -> None:
    drawn = random.Random(seed)
    stage, turns = Stage(), Turns(drawn.choices((STEP, END), weights=(drawn.random(), drawn.random()), k=40))

    def start() -> None:
        try:
            taking_turns(stage, turns, STEP).start_canary(ORDER, 0.1)
        except Superseded:
            pass
        finally:
            turns.done(STEP)

    def end() -> None:
        turns.call(END, stage.close)
        taking_turns(stage, turns, END).end_canary(RUN, who="a rule", why="stopped")
        turns.done(END)

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(start), pool.submit(end)]:
            work.result()
    assert stage.left_alone()


def test_the_canary_of_a_run_that_is_closed_never_begins() -> None:
    stage = Stage()
    stage.close()
    with pytest.raises(Superseded, match=RUN):
        stage.mover.start_canary(ORDER, 0.1)
    assert stage.left_alone()
    assert len(stage.ledger.entries()) == 1


def test_a_run_that_is_closed_while_its_canary_begins_has_it_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage()
    move = stage.live.move

    def stopped_just_then(routing: Routing, *, revision: str) -> object:
        moment.setattr(stage.live, "move", move)
        stage.mover.end_canary(RUN, who="a rule", why="stopped")
        stage.close()
        return move(routing, revision=revision)

    with monkeypatch.context() as moment:
        moment.setattr(stage.live, "move", stopped_just_then)
        with pytest.raises(Superseded, match="is closed"):
            stage.mover.start_canary(ORDER, 0.1)
    assert stage.left_alone()
    assert [(entry.action, entry.weight) for entry in stage.ledger.entries()[1:]] == [
        ("canary", 0.1),
        ("roll back", 0.0),
    ]


def test_a_canary_whose_step_died_before_it_was_recorded_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    with monkeypatch.context() as dying:
        dying.setattr("keepfit.serving.release.recorded_alias.record", _killed)
        with pytest.raises(SystemExit):
            stage.mover.start_canary(ORDER, 0.1)
    assert stage.live.read().routing.canary == CHALLENGER
    stage.close()
    stage.mover.end_canary(RUN, who="a rule", why="stopped")
    assert stage.left_alone()
    assert stage.ledger.entries()[-1].action == "roll back"


def _killed(*_args: object, **_options: object) -> None:
    raise SystemExit(137)


def test_the_canary_of_another_run_stays() -> None:
    stage = Stage()
    stage.mover.start_canary(msgspec.structs.replace(ORDER, run_id="the next run"), 0.1)
    stage.close()
    assert stage.mover.end_canary(RUN, who="a rule", why="stopped") is None
    assert stage.live.read().routing.canary == CHALLENGER


def test_a_gain_that_is_measured_while_a_canary_bakes_hides_it_from_nobody() -> None:
    stage = Stage()
    began = stage.mover.start_canary(ORDER, 0.1)
    assert record_gain(stage.ledger, GAIN, who="monitor")
    again = stage.mover.start_canary(ORDER, 0.1)
    assert (again.moved, again.started_at) == (False, began.started_at)
    stage.close()
    ended = stage.mover.end_canary(RUN, who=END, why="stopped")
    assert ended is not None
    assert stage.left_alone()
