from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cli.exits import Exit
from keepfit.instants import now
from keepfit.registry.approvals import Approval
from keepfit.serving.release.invocation import HttpAnswer
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import OUTPUTS, Stacks
from tests.unit.views.support import history


@pytest.fixture
def stacks(stacks: Stacks) -> Stacks:
    stacks.stacks["keepfit-delay"] = {**OUTPUTS, "ApproveFunction": "approve"}
    return stacks


class _Route:
    """What answers at the route; ``asked`` are the bodies that were signed and sent."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status, self.body = 200, b"{}"

    def __call__(self, *, url: str) -> _Route:
        self._url = url
        return self

    def ask(self, body: bytes) -> HttpAnswer:
        self.asked.append((self._url, json.loads(body)))
        return HttpAnswer(status=self.status, body=self.body, lambda_version=None, seconds=0.01)


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> _Route:
    answering = _Route()
    monkeypatch.setattr("cli.commands.approvals.SignedRoute", answering)
    return answering


@pytest.fixture
def asked(stores: ModelStores) -> Approval:
    """A release that waits, of a run that is under way."""
    run = history.put_run(stores, closed_at=None, outcome=None, version=None)
    approval = Approval(
        run_id=run.run_id,
        version=2,
        lambda_version="3",
        asked_at=now(),
        expires_at=now() + timedelta(days=2),
        asked_by="arn:ada",
        second_person=False,
        token="s3cret",
    )
    return stores.approvals.replace(approval)


def test_what_waits_is_shown_with_where_its_evidence_is(keepfit: Keepfit, asked: Approval) -> None:
    answer = keepfit("approvals")
    assert f"keepfit runs show {asked.run_id} --html evidence.html" in answer.stderr
    [found] = keepfit("approvals", "delay", "--json").json
    assert (found["version"], found["waits"], found["asked_by"]) == (2, True, "arn:ada")
    assert "s3cret" not in json.dumps(found)


def test_the_status_says_that_a_release_waits(keepfit: Keepfit, asked: Approval) -> None:
    assert "version 2 waits to be approved until" in keepfit("status").stderr


def test_a_decision_is_signed_and_of_the_release_that_waits(
    keepfit: Keepfit, asked: Approval, route: _Route
) -> None:
    route.body = json.dumps({"version": 2, "decided_by": "arn:bob", "decision": "approved"}).encode()
    answer = keepfit("approvals", "approve", "delay", "--why", "better at night", "--json")
    [(url, sent)] = route.asked
    assert url.endswith("/models/delay/approvals")
    assert sent == {"run_id": asked.run_id, "decision": "approved", "why": "better at night"}
    assert answer.json["decided_by"] == "arn:bob"


def test_a_refusal_of_the_decision_is_the_commands(keepfit: Keepfit, asked: Approval, route: _Route) -> None:
    told = {"code": "second_person", "detail": "arn:ada asked for the run"}
    route.status, route.body = 403, json.dumps(told).encode()
    answer = keepfit("approvals", "refuse", "delay", "--why", "no", "--json")
    assert answer.exit_code == Exit.REFUSED
    assert answer.json["error"]["kind"] == "second_person"


def test_who_may_not_ask_is_told_which_right_is_missing(
    keepfit: Keepfit, asked: Approval, route: _Route
) -> None:
    route.status, route.body = 403, b'{"message":"Forbidden"}'
    answer = keepfit("approvals", "approve", "delay", "--why", "yes")
    assert answer.exit_code == Exit.REFUSED
    assert "execute-api:Invoke" in answer.stderr


def test_where_nothing_waits_nothing_is_decided(keepfit: Keepfit, stores: ModelStores, route: _Route) -> None:
    answer = keepfit("approvals", "approve", "delay", "--why", "yes")
    assert answer.exit_code == Exit.NOT_FOUND
    assert "no release of delay waits" in answer.stderr
    assert route.asked == []


def test_what_was_decided_or_has_expired_waits_no_longer(
    keepfit: Keepfit, stores: ModelStores, asked: Approval
) -> None:
    stores.approvals.replace(
        msgspec.structs.replace(asked, decision="refused", decided_by="arn:bob", why="worse")
    )
    [found] = keepfit("approvals", "--json").json
    assert (found["waits"], found["decision"], found["why"]) == (False, "refused", "worse")
    assert keepfit("approvals", "approve", "delay", "--why", "x").exit_code == Exit.NOT_FOUND


def test_one_that_nobody_decided_in_time_does_not_wait(
    keepfit: Keepfit, stores: ModelStores, asked: Approval
) -> None:
    stores.approvals.replace(msgspec.structs.replace(asked, expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    [found] = keepfit("approvals", "--json").json
    assert not found["waits"]


def test_a_model_whose_releases_wait_for_nobody_says_how_they_would(
    keepfit: Keepfit, stacks: Stacks, asked: Approval
) -> None:
    stacks.stacks["keepfit-delay"] = dict(OUTPUTS)
    answer = keepfit("approvals", "approve", "delay", "--why", "x")
    assert answer.exit_code == Exit.REFUSED
    assert 'approval = "required"' in answer.stderr
