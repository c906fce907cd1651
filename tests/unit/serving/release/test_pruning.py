"""Pruning spares the version that serves, the canary, and the one to restore."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import NotFound
from keepfit.registry.ledger import Entry, Move, chained, previous_champion
from keepfit.serving.release.ports import ReleaseTarget
from keepfit.serving.release.pruning import Pruned, prunable
from keepfit.serving.release.recorded_alias import Order
from keepfit.serving.release.routing import Routing
from tests.unit.serving.support.releasing import Releasing, told
from tests.unit.serving.support.small_model import constant_model

NUMBERS = st.integers(1, 30).map(str)
HISTORIES = st.lists(st.tuples(NUMBERS, st.sampled_from([0.0, 0.2, 1.0])), max_size=20)


def ledger(history: list[tuple[str, float]]) -> list[Entry]:
    entries: list[Entry] = []
    for lambda_version, weight in history:
        move = Move(
            at=datetime(2026, 5, 4, tzinfo=UTC),
            action="promote",
            version=int(lambda_version) // 2,
            lambda_version=lambda_version,
            previous_version=None,
            weight=weight,
            who="",
            why="",
            run_id=None,
            revision="",
            replaced_revision="",
        )
        entries.append(chained(entries[-1] if entries else None, move))
    return entries


@given(
    existing=st.sets(NUMBERS),
    history=HISTORIES,
    serves=NUMBERS,
    canary=st.none() | NUMBERS,
    keep=st.integers(2, 12),
)
def test_what_is_needed_stays_and_all_else_goes(
    existing: set[str], history: list[tuple[str, float]], serves: str, canary: str | None, keep: int
) -> None:
    entries, routing = ledger(history), Routing(lambda_version=serves, canary=canary, weight=0.1)
    gone = prunable(sorted(existing), routing=routing, entries=entries, keep=keep)
    assert {*gone} <= existing
    assert not {serves, canary, "1"} & {*gone}
    assert not {*sorted(existing, key=int)[-keep:]} & {*gone}
    try:
        back = previous_champion(entries).lambda_version
    except NotFound:
        back = None
    assert back not in gone
    now = next((entry.lambda_version for entry in reversed(entries) if entry.weight == 1), None)
    kept = {serves, canary, "1", back, now, *sorted(existing, key=int)[-keep:]}
    assert {*gone} == existing - kept


@given(existing=st.sets(NUMBERS), history=HISTORIES, serves=NUMBERS, keep=st.integers(2, 12))
def test_whoever_prunes_again_finds_nothing_to_do(
    existing: set[str], history: list[tuple[str, float]], serves: str, keep: int
) -> None:
    decided = {"routing": Routing(lambda_version=serves), "entries": ledger(history), "keep": keep}
    left = existing - {*prunable(sorted(existing), **decided)}
    assert prunable(sorted(left), **decided) == []


def released(releasing: Releasing, count: int) -> None:
    for number in range(count):
        releasing.release(constant_model(0.1 + number / 100))


def marked(releasing: Releasing) -> list[str]:
    return [one.lambda_version for one in releasing.versions.releases() if one.pruned_at is not None]


def order_of(releasing: Releasing, lambda_version: str) -> Order:
    found = releasing.versions.release(lambda_version)
    assert found is not None
    return Order(version=found.version, lambda_version=lambda_version, who="ada", why="")


def test_old_packages_go_and_the_record_says_when(releasing: Releasing) -> None:
    released(releasing, 6)
    assert releasing.pruning.prune(2) == Pruned(pruned=["2", "3", "4", "5"], kept=3)
    assert releasing.target.published() == ["1", "6", "7"]
    assert marked(releasing) == ["2", "3", "4", "5"]
    assert releasing.versions.releases()[0].pruned_at == releasing.at
    assert releasing.pruning.prune(2) == Pruned(pruned=[], kept=3)


def test_what_served_before_can_be_brought_back_and_then_goes_back_no_further(releasing: Releasing) -> None:
    released(releasing, 6)
    for number in range(3):  # never promoted: these are the newest
        releasing.prepared(constant_model(0.5 + number / 100))
    releasing.pruning.prune(2)
    assert releasing.target.published() == ["1", "6", "7", "9", "10"]
    assert releasing.mover.restore(None, who="ada", why="complaints").lambda_version == "6"
    with pytest.raises(NotFound, match=r"was pruned at .*`keepfit release <model> 4` packages it anew"):
        releasing.mover.restore(None, who="ada", why="still")
    assert releasing.live.read().routing == Routing(lambda_version="6")
    assert told(releasing)[-1][:2] == ("restore", 5)


def test_what_was_pruned_is_packaged_and_released_again(releasing: Releasing) -> None:
    released(releasing, 4)
    releasing.pruning.prune(2)
    with pytest.raises(NotFound, match=r"`keepfit release <model> 1` makes one and releases it"):
        releasing.mover.restore(1, who="ada", why="")
    anew = releasing.prepare(1)
    releasing.mover.start_canary(releasing.order(anew), 0.2)
    releasing.mover.promote(releasing.order(anew))
    assert anew.lambda_version == "6"
    assert releasing.live.read().routing == Routing(lambda_version="6")


def test_a_named_version_comes_back_in_the_package_that_is_left(releasing: Releasing) -> None:
    first = releasing.release(constant_model(0.2))
    anew = releasing.packaged_anew(first.version)
    order = order_of(releasing, anew.lambda_version)
    releasing.mover.start_canary(order, 0.2)
    releasing.mover.promote(order)
    released(releasing, 1)
    releasing.versions.mark_pruned(first.lambda_version, releasing.at)
    assert releasing.mover.restore(first.version, who="ada", why="").lambda_version == anew.lambda_version


def test_a_version_that_failed_its_golden_requests_goes_too(releasing: Releasing) -> None:
    released(releasing, 1)
    releasing.target.versions["9"] = releasing.target.versions["1"]
    releasing.target.versions["10"] = releasing.target.versions["11"] = releasing.target.versions["1"]
    assert releasing.pruning.prune(2).pruned == ["9"]
    assert marked(releasing) == []


class During:
    """A target at which somebody else does something at the moment of a deletion."""

    def __init__(self, target: ReleaseTarget, *, before: Callable[[str], None]) -> None:
        self._target, self._before = target, before

    def delete(self, lambda_version: str) -> None:
        self._before(lambda_version)
        self._target.delete(lambda_version)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def test_one_who_brought_a_version_back_just_before_it_was_marked_keeps_it(releasing: Releasing) -> None:
    released(releasing, 6)

    def moves_meanwhile(lambda_version: str) -> None:
        # Has read the record before it was marked, and moves the alias after.
        if lambda_version == "3":
            releasing.live.move(Routing(lambda_version="3"), revision=releasing.live.read().revision)

    pruning = replace(releasing.pruning, target=During(releasing.target, before=moves_meanwhile))
    assert pruning.prune(2).pruned == ["2", "4", "5"]
    assert releasing.live.read().routing.lambda_version in releasing.target.published()
    assert marked(releasing) == ["2", "4", "5"]


def test_one_who_comes_while_it_is_marked_is_told_what_to_do(releasing: Releasing) -> None:
    released(releasing, 6)
    told_what: list[str] = []

    def moves_meanwhile(lambda_version: str) -> None:
        if lambda_version == "3":
            with pytest.raises(NotFound) as refused:
                releasing.mover.move(
                    "restore", order_of(releasing, "3"), lambda _: Routing(lambda_version="3")
                )
            told_what.append(str(refused.value))

    pruning = replace(releasing.pruning, target=During(releasing.target, before=moves_meanwhile))
    assert pruning.prune(2).pruned == ["2", "3", "4", "5"]
    assert "`keepfit release <model> 2` packages it anew" in told_what[0]


def test_one_who_comes_too_late_is_told_what_to_do(releasing: Releasing) -> None:
    """The record was read before the mark, and the alias is moved after the deletion."""
    released(releasing, 6)

    class LateLive:
        def read(self) -> Any:
            return releasing.live.read()

        def move(self, routing: Routing, *, revision: str) -> Any:
            releasing.pruning.prune(2)
            return releasing.live.move(routing, revision=revision)

    before = releasing.live.read()
    mover = replace(releasing.mover, live=LateLive())
    with pytest.raises(
        NotFound, match=r"not there any more: there is no .*`keepfit release <model> 2` packages it anew"
    ):
        mover.restore(2, who="ada", why="")
    assert releasing.live.read() == before


def test_what_an_attempt_that_died_left_is_finished_by_the_next(releasing: Releasing) -> None:
    released(releasing, 6)

    def dies(lambda_version: str) -> None:
        if lambda_version == "3":
            raise TimeoutError("killed")

    with pytest.raises(TimeoutError, match="killed"):
        replace(releasing.pruning, target=During(releasing.target, before=dies)).prune(2)
    assert (releasing.target.published()[1], marked(releasing)) == ("3", ["2", "3"])
    assert releasing.pruning.prune(2).pruned == ["3", "4", "5"]


def test_a_version_that_was_deleted_by_hand_is_told_and_marked(releasing: Releasing) -> None:
    released(releasing, 4)
    releasing.target.delete("3")
    with pytest.raises(NotFound, match=r"not there any more: .*`keepfit release <model> 2` packages it anew"):
        releasing.mover.restore(2, who="ada", why="")
    releasing.pruning.prune(10)
    assert marked(releasing) == ["3"]


def test_the_mark_of_one_that_was_brought_back_is_taken_off_by_the_next(releasing: Releasing) -> None:
    released(releasing, 6)
    releasing.versions.mark_pruned("6", releasing.at)
    releasing.pruning.prune(2)
    assert "6" in releasing.target.published()
    assert marked(releasing) == ["2", "3", "4", "5"]


@pytest.mark.parametrize("seed", range(3))
def test_whoever_moves_and_whoever_prunes_at_once_the_alias_points_to_what_is_there(
    releasing: Releasing, seed: int
) -> None:
    released(releasing, 8)
    mover = replace(releasing.mover, timeout_s=0)

    def act(number: int) -> str:
        version = Random(100 * seed + number).randint(0, 8)
        try:
            if version == 0:
                releasing.pruning.prune(2)
            else:
                mover.restore(version, who="ada", why="")
        except NotFound as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        refusals = {said for said in pool.map(act, range(60)) if said}
    assert releasing.live.read().routing.lambda_version in releasing.target.published()
    assert all("keepfit release <model>" in said for said in refusals)
    releasing.pruning.prune(2)
    there = {one.lambda_version for one in releasing.versions.releases() if one.pruned_at is None}
    assert there | {"1"} == {*releasing.target.published()}
