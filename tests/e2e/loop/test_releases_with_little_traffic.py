from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from keepfit.training.runs.run import TrainingRun
from tests.e2e.loop import world
from tests.e2e.loop.impostors import imitate, winner_of
from tests.e2e.loop.product import MODEL, Product


@pytest.fixture
def won(released: Product) -> Iterator[TrainingRun]:
    """The run that made the champion, which serves again afterwards."""
    champion = released.champion
    version = released.deployment.versions(MODEL).get(champion.version)
    found = released.deployment.runs(MODEL).find(version.run_id)
    assert found is not None
    yield found
    if released.champion != champion:
        released.keepfit("rollback", MODEL, "--why", "the test is over")
    assert released.champion == champion


def released_by(product: Product, won: TrainingRun, **release: Any) -> TrainingRun:
    """``won`` over again, as its own version, with other keys of its definition's release."""
    run_id = imitate(product, won)
    folder = f"runs/{MODEL}/{run_id}"
    definition = json.loads(product.deployment.artifacts.get(f"{folder}/definition.json"))
    definition["definition"]["release"] |= release
    product.deployment.artifacts.put(f"{folder}/definition.json", json.dumps(definition).encode())
    known = {"admission": {"run_id": run_id}, "judgement": {"winner": winner_of(product, won)}}
    known["judgement"] |= {"left_to_person": None}
    assert product.ended(product.start_at("Register", known))["status"] == "SUCCEEDED"
    run = product.deployment.runs(MODEL).find(run_id)
    assert run is not None
    assert run.outcome == "released"
    assert product.champion.version == run.version
    assert product.ask(world.january_requests()[:3]).body["model_version"] == run.version
    return run


def moves_of(product: Product, run: TrainingRun) -> list[tuple[str, float, str]]:
    entries = product.deployment.ledger(MODEL).entries()
    return [(entry.action, entry.weight, entry.why) for entry in entries if entry.run_id == run.run_id]


def test_a_canary_that_nobody_asks_is_decided_by_what_clients_asked_before(
    released: Product, won: TrainingRun
) -> None:
    run = released_by(released, won, baking_limit="4s")
    (_, share, _), (action, weight, why) = moves_of(released, run)
    assert (share, action, weight) == (0.2, "promote", 1.0)
    assert why.startswith("decided by replay (0 of 20 requests in 4s): ")
    assert "rows of the holdout, 0 failed, 0 were refused" in why
    shown = released.keepfit("runs", "show", run.run_id)
    assert (shown["replay"]["compared"], shown["replay"]["changed"]) == (20, 0)


def test_a_model_may_be_released_at_once(released: Product, won: TrainingRun) -> None:
    run = released_by(released, won, strategy="at_once")
    assert moves_of(released, run) == [
        ("release at once", 1.0, 'without a canary: release.strategy = "at_once"')
    ]
