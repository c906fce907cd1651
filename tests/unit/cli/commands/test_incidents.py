"""`keepfit incidents`: what is open, what was closed, and a person's word."""

from __future__ import annotations

import msgspec

from cli.places.deployment import Deployment
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.cli.support.standin import MODEL, Stacks
from tests.unit.views.support import history


def test_an_open_incident_says_what_failed_how_often_and_what_to_do(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    assert keepfit("incidents", "--json").json == []
    assert "none is open" in keepfit("incidents").stdout
    history.put_incident(stores)
    [found] = keepfit("incidents", MODEL, "--json").json
    assert (found["model"], found["kind"], found["attempts"]) == (MODEL, "training failed", 4)
    assert (found["runs"], found["reason"]) == ([history.RUN_ID], "OutOfMemory: 8 GB")
    assert found["closed_at"] is None
    assert f"keepfit incidents close {MODEL} --why" in keepfit("incidents").stderr


def test_one_that_is_closed_is_shown_only_to_who_asks_for_all(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_incident(stores, closed_at=history.AT, closed_by="arn:user/ada", why="more memory")
    assert keepfit("incidents", "--json").json == []
    [found] = keepfit("incidents", "--all", "--json").json
    assert (found["closed_by"], found["why"]) == ("arn:user/ada", "more memory")


def test_a_person_closes_it_with_a_reason_by_the_one_function_that_may(
    keepfit: Keepfit, deployment: Deployment, stores: ModelStores, invoked: Invoked
) -> None:
    closed = history.put_incident(stores, closed_at=history.AT, closed_by="ada", why="more memory")
    invoked.answers["close-run"] = {"closed": [msgspec.to_builtins(closed)]}
    [shown] = keepfit("incidents", "close", MODEL, "--why", "more memory", "--json").json
    assert invoked.calls == [
        ("close-run", {"close_incidents": {"who": deployment.caller, "why": "more memory"}})
    ]
    assert shown["closed_by"] == "ada"


def test_where_none_is_open_none_is_closed(keepfit: Keepfit, stores: ModelStores, invoked: Invoked) -> None:
    invoked.answers["close-run"] = {"closed": []}
    answer = keepfit("incidents", "close", MODEL, "--why", "x")
    assert answer.exit_code == 3
    assert "no incident of delay is open" in answer.stderr


def test_a_stack_of_before_says_what_to_do(keepfit: Keepfit, stores: ModelStores, stacks: Stacks) -> None:
    del stacks.stacks["keepfit-delay"]["CloseRunFunction"]
    answer = keepfit("incidents", "close", MODEL, "--why", "x")
    assert "deploy it again" in answer.stderr


def test_status_tells_of_an_open_incident(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_incident(stores)
    [model] = keepfit("status", "--json").json["models"]
    assert [each["reason"] for each in model["incidents"]] == ["OutOfMemory: 8 GB"]
    told = " ".join(keepfit("status").stderr.split())
    assert "delay: training failed since 2013-03-01 12:00 UTC, by upload: OutOfMemory: 8 GB" in told
    assert "keepfit incidents close delay --why" in told
