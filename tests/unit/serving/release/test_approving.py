"""A release waits for a person; what one decides is on record once, and its execution goes on or ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from keepfit.adapters.memory.features import MemoryEvents
from keepfit.adapters.memory.registry import MemoryApprovals
from keepfit.adapters.memory.serving import MemoryExecutions
from keepfit.errors import Conflict, InvalidRequest, NotFound
from keepfit.registry.approvals import Approval, Verdict
from keepfit.registry.ledger import champion_in, verify
from keepfit.serving.release.approving import Approving
from tests.unit.serving.support.releasing import Releasing
from tests.unit.serving.support.small_model import constant_model, model

RUN = "20260504T120030-a"


class _House:
    """A model with a challenger that was tested, in memory."""

    def __init__(self, releasing: Releasing) -> None:
        self.releasing = releasing
        self.executions, self.events = MemoryExecutions(waiting={"token"}), MemoryEvents()
        self.approving = Approving(
            model="delay",
            approvals=MemoryApprovals(),
            executions=self.executions,
            ledger=releasing.ledger,
            live=releasing.live,
            events=self.events,
            now=lambda: releasing.at,
        )

    def asked(self, **changes: Any) -> Approval:
        at = self.releasing.at
        fields: dict[str, Any] = {
            "run_id": RUN,
            "version": 2,
            "lambda_version": "3",
            "asked_at": at,
            "expires_at": at + timedelta(days=7),
            "asked_by": "arn:ada",
            "second_person": False,
            "token": "token",
        }
        return Approval(**{**fields, **changes})

    def notes(self) -> list[tuple[str, str, str]]:
        verify(self.releasing.ledger.entries())
        return [
            (note.action, note.who, note.why) for note in self.releasing.ledger.entries() if not note.weight
        ]


@pytest.fixture
def house(releasing: Releasing) -> _House:
    releasing.release(model())
    releasing.prepared(constant_model(0.5))
    return _House(releasing)


def test_what_a_person_approves_goes_on_and_each_step_is_in_the_ledger(house: _House) -> None:
    house.approving.ask(house.asked())
    assert house.executions.ended == {}
    house.approving.decide(RUN, "approved", who="arn:bob", why="better for all carriers")
    assert house.executions.ended == {
        "token": {"decision": "approved", "by": "arn:bob", "why": "better for all carriers"}
    }
    assert house.notes() == [
        ("ask approval", "arn:ada", "to be approved until 2026-05-11 12:00 UTC"),
        ("approve", "arn:bob", "better for all carriers"),
    ]


def test_who_waits_is_announced_without_the_token(house: _House) -> None:
    house.approving.ask(house.asked())
    [(kind, detail)] = house.events.sent
    assert kind == "Approval Asked"
    assert (detail["model"], detail["version"], detail["run_id"]) == ("delay", 2, RUN)
    assert "token" not in str(detail)


def test_what_a_person_refuses_ends_with_who_and_why(house: _House) -> None:
    house.approving.ask(house.asked())
    house.approving.decide(RUN, "refused", who="arn:bob", why="worse at night")
    assert house.executions.ended["token"] == {"error": "ApprovalRefused", "cause": "arn:bob: worse at night"}
    assert [action for action, _, _ in house.notes()] == ["ask approval", "refuse"]


@pytest.mark.parametrize("verdict", ["approved", "refused"])
def test_a_decision_made_twice_is_one(house: _House, verdict: Verdict) -> None:
    house.approving.ask(house.asked())
    first = house.approving.decide(RUN, verdict, who="arn:bob", why="so")
    house.executions.waiting.add("token")
    again = house.approving.decide(RUN, verdict, who="arn:eve", why="me too")
    assert again == first
    assert len(house.notes()) == 2


def test_a_decision_cannot_be_turned_round(house: _House) -> None:
    house.approving.ask(house.asked())
    house.approving.decide(RUN, "refused", who="arn:bob", why="no")
    with pytest.raises(InvalidRequest, match="is refused already by arn:bob: no"):
        house.approving.decide(RUN, "approved", who="arn:eve", why="yes")
    assert house.approving.approvals.find(RUN).decision == "refused"  # type: ignore[union-attr]


def test_who_asked_may_not_approve_where_a_second_person_is_wanted(house: _House) -> None:
    house.approving.ask(house.asked(second_person=True))
    with pytest.raises(InvalidRequest, match="wants another person") as refusal:
        house.approving.decide(RUN, "approved", who="arn:ada", why="mine")
    assert refusal.value.code == "second_person"
    assert house.executions.ended == {}
    house.approving.decide(RUN, "approved", who="arn:bob", why="I looked")
    assert house.executions.ended["token"]["by"] == "arn:bob"


def test_nobody_approves_what_has_expired(house: _House) -> None:
    house.approving.ask(house.asked())
    house.releasing.at += timedelta(days=7)
    with pytest.raises(
        InvalidRequest, match="waited for an approval until 2026-05-11 12:00 UTC: the champion stays"
    ):
        house.approving.decide(RUN, "approved", who="arn:bob", why="late")
    house.approving.expire(RUN)
    house.approving.expire(RUN)
    assert house.notes()[-1] == (
        "approval expired",
        "training run",
        "nobody decided until 2026-05-11 12:00 UTC",
    )
    assert len(house.notes()) == 2


def test_what_was_decided_does_not_expire(house: _House) -> None:
    house.approving.ask(house.asked())
    house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    kept = house.approving.expire(RUN)
    assert kept is not None
    assert kept.decision == "approved"


def test_a_new_package_of_what_serves_waits_for_nobody(house: _House) -> None:
    assert house.approving.ask(house.asked(version=1)) is None
    assert house.executions.ended == {"token": {"decision": "not needed"}}
    assert house.notes() == []


def test_a_step_that_is_tried_again_waits_by_its_new_token(house: _House) -> None:
    house.approving.ask(house.asked())
    house.executions.waiting.add("second")
    house.approving.ask(house.asked(token="second"))
    house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    assert set(house.executions.ended) == {"second"}
    assert len(house.notes()) == 2


def test_a_step_that_is_tried_again_after_the_decision_does_not_wait(house: _House) -> None:
    house.approving.ask(house.asked())
    house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    house.executions.waiting.add("second")
    house.approving.ask(house.asked(token="second"))
    assert house.executions.ended["second"]["decision"] == "approved"


def test_a_decision_of_which_nobody_was_told_is_told_by_making_it_again(house: _House) -> None:
    house.approving.ask(house.asked())
    gone = house.executions.waiting.copy()
    house.executions.waiting.clear()
    with pytest.raises(InvalidRequest, match="waits for it no longer") as refusal:
        house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    assert refusal.value.code == "not_waiting"
    house.executions.waiting.update(gone)
    house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    assert house.executions.ended["token"]["by"] == "arn:bob"


def test_two_who_decide_at_once_are_one_decision(house: _House) -> None:
    house.approving.ask(house.asked())
    read = house.approving.approvals.find(RUN)
    assert read is not None
    house.approving.decide(RUN, "refused", who="arn:bob", why="no")
    late = msgspec.structs.replace(read, decision="approved")
    with pytest.raises(Conflict):
        house.approving.approvals.replace(late)


def test_a_run_that_asked_for_none_cannot_be_approved(house: _House) -> None:
    with pytest.raises(NotFound, match="run r of delay asked for no approval; `keepfit approvals delay`"):
        house.approving.decide("r", "approved", who="arn:bob", why="yes")


def test_notes_move_nothing_and_a_move_after_them_is_in_the_same_chain(house: _House) -> None:
    before = house.releasing.live.read()
    house.approving.ask(house.asked())
    assert house.releasing.live.read() == before
    assert champion_in(house.releasing.ledger.entries()) == 1
    restored = house.releasing.mover.restore(1, who="ada", why="still the best")
    assert restored.version == 1
    verify(house.releasing.ledger.entries())


def test_a_first_release_is_approved_before_anything_served(releasing: Releasing) -> None:
    prepared = releasing.prepared(model())
    house = _House(releasing)
    house.approving.ask(house.asked(version=1, lambda_version=prepared.lambda_version))
    house.approving.decide(RUN, "approved", who="arn:bob", why="yes")
    moved = releasing.mover.promote(releasing.order(prepared))
    assert moved.moved
    entries = releasing.ledger.entries()
    verify(entries)
    assert [entry.action for entry in entries] == ["ask approval", "approve", "promote"]
    assert all(late.replaced_revision == early.revision for early, late in pairwise(entries))


def test_what_was_refused_is_not_forced_upon_clients(house: _House) -> None:
    barred = replace(house.releasing.mover, barred=lambda version: f"version {version} is refused")
    with pytest.raises(InvalidRequest, match="version 2 is refused"):
        barred.restore(2, who="ada", why="now", force=True)
