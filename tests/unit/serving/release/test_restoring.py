"""People restore versions while others move the alias."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from keepfit.adapters.memory.registry import MemoryVersions
from keepfit.errors import InvalidRequest, NotFound, Superseded
from keepfit.registry.versions import Release
from keepfit.serving.release.routing import Routing
from tests.unit.serving.support.releasing import Releasing, told
from tests.unit.serving.support.small_model import constant_model, model


def test_a_person_goes_back_to_the_version_before(releasing: Releasing) -> None:
    for probability in (0.2, 0.4, 0.6):
        releasing.release(constant_model(probability))
    moved = releasing.mover.restore(None, who="ada", why="complaints")
    assert (moved.version, moved.lambda_version) == (2, "3")
    last = releasing.ledger.entries()[-1]
    assert (last.action, last.version, last.previous_version) == ("restore", 2, 3)
    assert (last.who, last.why) == ("ada", "complaints")
    assert releasing.mover.restore(None, who="ada", why="still").version == 1


def test_a_person_goes_back_to_the_older_package_of_the_same_version(releasing: Releasing) -> None:
    releasing.release(constant_model(0.2))
    first = releasing.release(constant_model(0.4))
    anew = releasing.packaged_anew(first.version)
    assert anew.lambda_version != first.lambda_version
    releasing.mover.start_canary(releasing.order(anew), 0.2)
    releasing.mover.promote(releasing.order(anew))
    moved = releasing.mover.restore(None, who="ada", why="the new handler is slow")
    assert (moved.version, moved.lambda_version) == (first.version, first.lambda_version)
    assert releasing.live.read().routing == Routing(lambda_version=first.lambda_version)
    assert releasing.mover.restore(None, who="ada", why="still").version == 1


def test_a_version_that_is_named_comes_back_in_the_package_that_served(releasing: Releasing) -> None:
    served = releasing.release(constant_model(0.2))
    releasing.release(constant_model(0.4))
    failed = releasing.order(releasing.packaged_anew(served.version))
    releasing.mover.start_canary(failed, 0.2)
    releasing.mover.roll_back(failed)
    moved = releasing.mover.restore(served.version, who="ada", why="")
    assert moved.lambda_version == served.lambda_version


def test_a_person_may_name_a_version_that_was_released(releasing: Releasing) -> None:
    for probability in (0.2, 0.4, 0.6):
        releasing.release(constant_model(probability))
    assert releasing.mover.restore(1, who="ada", why="").lambda_version == "2"
    assert releasing.mover.restore(3, who="ada", why="").lambda_version == "4"


def test_an_alias_that_was_pointed_elsewhere_by_hand_is_brought_back(releasing: Releasing) -> None:
    releasing.release(model())
    releasing.target.versions["99"] = releasing.target.versions["2"]
    releasing.live.move(Routing(lambda_version="99"), revision=releasing.live.read().revision)
    releasing.mover.restore(1, who="ada", why="somebody moved the alias by hand")
    assert releasing.live.read().routing == Routing(lambda_version="2")
    last = releasing.ledger.entries()[-1]
    assert (last.action, last.version, last.previous_version) == ("restore", 1, None)
    assert last.replaced_revision != releasing.ledger.entries()[-2].revision


def test_what_was_never_released_cannot_be_restored(releasing: Releasing) -> None:
    releasing.release(model())
    releasing.register(constant_model(0.5))
    with pytest.raises(NotFound, match="no package in this stack"):
        releasing.mover.restore(2, who="ada", why="")
    with pytest.raises(NotFound, match="no version 9"):
        releasing.mover.restore(9, who="ada", why="")
    with pytest.raises(NotFound, match="nothing to go back to"):
        releasing.mover.restore(None, who="ada", why="")


def test_a_person_who_restores_during_a_canary_ends_it_and_its_promotion_is_refused(
    releasing: Releasing,
) -> None:
    for probability in (0.2, 0.4):
        releasing.release(constant_model(probability))
    challenger = releasing.prepared(constant_model(0.6))
    releasing.mover.start_canary(releasing.order(challenger), 0.2)
    releasing.mover.restore(1, who="ada", why="something is wrong")
    assert releasing.live.read().routing == Routing(lambda_version="2")
    with pytest.raises(Superseded):
        releasing.mover.promote(releasing.order(challenger))
    assert releasing.live.read().routing == Routing(lambda_version="2")
    assert told(releasing)[-1] == ("restore", 1, 1.0, 2)


def test_eight_people_who_restore_at_once_are_all_in_one_chain_in_the_order_of_the_alias(
    releasing: Releasing,
) -> None:
    for probability in (0.2, 0.4, 0.6):
        releasing.release(constant_model(probability))
    before = len(releasing.ledger.entries())

    def restore(writer: int) -> int:
        moves = 0
        for number in range(10):
            moves += releasing.mover.restore(
                1 + (writer + number) % 3, who=f"{writer}", why=f"{number}"
            ).moved
        return moves

    with ThreadPoolExecutor(8) as pool:
        moved = sum(pool.map(restore, range(8)))
    entries = releasing.ledger.entries()
    told(releasing)
    assert len(entries) - before == moved
    assert entries[-1].revision == releasing.live.read().revision


@pytest.mark.parametrize("released_before", [1, 2])
def test_going_back_during_a_canary_ends_it_and_leaves_the_champion(
    releasing: Releasing, released_before: int
) -> None:
    for probability in (0.2, 0.4)[:released_before]:
        champion = releasing.release(constant_model(probability))
    challenger = releasing.prepared(constant_model(0.6))
    releasing.mover.start_canary(releasing.order(challenger), 0.2)
    moved = releasing.mover.restore(None, who="ada", why="something is wrong")
    assert (moved.moved, moved.version, moved.ended_canary) == (True, champion.version, challenger.version)
    assert not moved.baking
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)
    last = releasing.ledger.entries()[-1]
    assert told(releasing)[-1] == ("roll back", challenger.version, 0.0, champion.version)
    assert (last.who, last.why) == ("ada", "something is wrong")


def test_going_back_once_more_brings_what_served_before_the_champion(releasing: Releasing) -> None:
    for probability in (0.2, 0.4):
        releasing.release(constant_model(probability))
    releasing.mover.start_canary(releasing.order(releasing.prepared(constant_model(0.6))), 0.2)
    releasing.mover.restore(None, who="ada", why="")
    moved = releasing.mover.restore(None, who="ada", why="")
    assert (moved.version, moved.ended_canary) == (1, None)


def test_a_canary_that_was_promoted_before_it_could_be_ended_is_gone_back_from(
    releasing: Releasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    releasing.release(constant_model(0.2))
    challenger = releasing.order(releasing.prepared(constant_model(0.4)))
    releasing.mover.start_canary(challenger, 0.2)

    def promoted_meanwhile(versions: MemoryVersions, lambda_version: str) -> Release | None:
        monkeypatch.undo()
        releasing.mover.promote(challenger)
        return versions.release(lambda_version)

    monkeypatch.setattr(MemoryVersions, "release", promoted_meanwhile)
    moved = releasing.mover.restore(None, who="ada", why="")
    assert (moved.version, moved.ended_canary) == (1, None)
    assert releasing.live.read().routing == Routing(lambda_version="2")


def test_a_version_that_was_only_a_canary_is_not_brought_to_every_client_unless_it_is_forced(
    releasing: Releasing,
) -> None:
    champion = releasing.release(constant_model(0.2))
    failed = releasing.order(releasing.prepared(constant_model(0.4)), why="9 of 20 requests failed")
    releasing.mover.start_canary(failed, 0.2)
    releasing.mover.roll_back(failed)
    with pytest.raises(InvalidRequest, match=r"its canary ended: 9 of 20 requests failed.*--force"):
        releasing.mover.restore(2, who="ada", why="")
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)
    moved = releasing.mover.restore(2, who="ada", why="I know better", force=True)
    assert releasing.live.read().routing == Routing(lambda_version=moved.lambda_version)


def test_so_is_one_that_was_never_tried(releasing: Releasing) -> None:
    releasing.release(constant_model(0.2))
    releasing.prepared(constant_model(0.4))
    with pytest.raises(InvalidRequest, match="it was packaged and never tried"):
        releasing.mover.restore(2, who="ada", why="")
