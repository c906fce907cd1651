"""What served at an instant is read off the ledger, with the data and the people behind it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from keepfit.registry.ledger import Move, record
from keepfit.views.audit.served import read_served
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history


@pytest.mark.parametrize(
    ("minutes", "shares"),
    [(-1, []), (0, [(1, 1.0)]), (0.5, [(1, 1.0)]), (1, [(2, 1.0)]), (60 * 24 * 365, [(2, 1.0)])],
)
def test_what_served_is_what_the_alias_was_last_moved_to(
    stores: ModelStores, minutes: float, shares: list[tuple[int, float]]
) -> None:
    history.two_releases(stores)
    found = read_served(stores, history.AT + timedelta(minutes=minutes))
    assert [(share.version, share.share) for share in found.shares] == shares
    assert found.intact


def test_it_names_the_run_its_data_and_who_moved_the_alias(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.put_run(stores, run_id="run-2")
    [share] = read_served(stores, history.AT + timedelta(hours=1)).shares
    assert (share.run_id, share.data) == ("run-2", {"flights": 1})
    assert share.trigger is not None
    assert share.trigger.kind == "upload"
    assert [(move.who, move.why) for move in share.moves] == [("training run", "20 of 20 requests answered")]
    [former] = read_served(stores, history.AT).shares
    assert (former.run_id, former.data) == ("run-1", None)


def test_while_a_canary_bakes_two_versions_answer(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    last = stores.ledger.last()
    assert last is not None
    move = Move(
        at=history.AT + timedelta(minutes=5),
        action="canary",
        version=3,
        lambda_version="4",
        previous_version=2,
        weight=0.1,
        who="training run",
        why="a tenth",
        run_id="run-3",
        revision="r3",
        replaced_revision="r2",
    )
    record(stores.ledger, move, after=last)
    found = read_served(stores, history.AT + timedelta(minutes=6))
    assert [(share.version, share.share) for share in found.shares] == [(2, 0.9), (3, 0.1)]
    ended = msgspec.structs.replace(
        move,
        at=move.at + timedelta(minutes=5),
        action="roll back",
        weight=0.0,
        revision="r4",
        replaced_revision="r3",
    )
    record(stores.ledger, ended, after=stores.ledger.last())
    assert [s.version for s in read_served(stores, history.AT + timedelta(hours=1)).shares] == [2]
