"""No release of a model that wants approvals meets a client before a person let it, and each step is on record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.approval.conftest import MODEL
from tests.e2e.loop.product import Product

# A cloud of its own, and a wait that has to be too long.
pytestmark = pytest.mark.long
_REQUEST = [{"station": "north", "distance": 3.5}]


def waiting(product: Product) -> dict[str, Any]:
    """The release that waits for a person, once one does."""

    def look() -> dict[str, Any] | None:
        return next((each for each in product.keepfit("approvals", MODEL) if each["waits"]), None)

    return product.watch.until("a release that is to be approved", look)


def outcome(product: Product, run_id: str) -> Any:
    """The run once it is closed."""

    def look() -> Any:
        run = product.deployment.runs(MODEL).find(run_id)
        return run if run is not None and run.closed_at else None

    return product.watch.until(f"the end of run {run_id}", look)


def actions(product: Product) -> list[tuple[str, int]]:
    ledger = product.keepfit("ledger", MODEL)
    assert ledger["intact"]
    return [(entry["action"], entry["version"]) for entry in ledger["entries"]]


def test_what_a_person_refuses_serves_nobody(governed: Product) -> None:
    asked = waiting(governed)
    assert governed.ask(_REQUEST).status == 503
    told = governed.keepfit("approvals", "refuse", MODEL, "--why", "not before Monday")
    assert told["decision"] == "refused"
    run = outcome(governed, asked["run_id"])
    assert run.outcome == "refused by a person"
    assert run.reason.endswith(f"{told['decided_by']}: not before Monday")
    assert governed.ask(_REQUEST).status == 503
    assert actions(governed) == [("ask approval", 1), ("refuse", 1)]


def test_what_nobody_approves_in_time_serves_nobody(governed: Product) -> None:
    governed.keepfit("release", MODEL, "1", "--why", "perhaps now")
    asked = waiting(governed)
    assert outcome(governed, asked["run_id"]).outcome == "not approved in time"
    assert governed.ask(_REQUEST).status == 503
    assert actions(governed)[2:] == [("ask approval", 1), ("approval expired", 1)]
    [decided, *_] = governed.keepfit("approvals", MODEL)
    assert (decided["decision"], decided["waits"]) == ("expired", False)


def test_what_a_person_approves_serves(governed: Product) -> None:
    governed.keepfit("release", MODEL, "1", "--why", "it is Monday")
    asked = waiting(governed)
    assert asked["asked_by"]
    governed.keepfit("approvals", "approve", MODEL, "--why", "looked at every plot")
    assert outcome(governed, asked["run_id"]).outcome == "released"
    assert governed.ask(_REQUEST).body["model_version"] == 1
    assert actions(governed)[4:] == [("ask approval", 1), ("approve", 1), ("promote", 1)]
