from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cli.exits import CommandError
from cli.places.functions import invoke
from keepfit.training.runs.run import TrainingRun
from tests.e2e.loop import world
from tests.e2e.loop.impostors import WINNER, answers_nan, answers_nan_where, column_of, imitate, winner_of
from tests.e2e.loop.product import MODEL, Product, Traffic

# No flight is so long.
_TRAP_MILES = 12345.0


@pytest.fixture
def won(released: Product) -> TrainingRun:
    """The run that made the champion."""
    version = released.deployment.versions(MODEL).get(released.champion.version)
    found = released.deployment.runs(MODEL).find(version.run_id)
    assert found is not None
    return found


def closed(product: Product, run_id: str) -> TrainingRun:
    run = product.deployment.runs(MODEL).find(run_id)
    assert run is not None
    assert run.closed_at is not None
    return run


@contextmanager
def without_its_layers(product: Product) -> Iterator[None]:
    """The inference function as somebody broke it: the next release of it cannot import anything."""
    function = product.deployment.model(MODEL)["PredictFunction"]
    client = product.client("lambda")
    layers = [layer["Arn"] for layer in client.get_function_configuration(FunctionName=function)["Layers"]]
    client.update_function_configuration(FunctionName=function, Layers=[])
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, Layers=layers)
        client.get_waiter("function_updated_v2").wait(FunctionName=function)


def test_a_challenger_that_raises_is_stopped_by_its_golden_requests(
    released: Product, won: TrainingRun
) -> None:
    routing, moves = released.deployment.routing(MODEL), len(released.deployment.ledger(MODEL).entries())
    run_id = imitate(released, won)
    document = {"admission": {"run_id": run_id}, "judgement": {"winner": winner_of(released, won)}}
    with without_its_layers(released):
        ended = released.ended(released.start_at("Register", document))
    assert ended["status"] == "SUCCEEDED"
    run = closed(released, run_id)
    assert run.outcome == "rejected by golden requests"
    assert "GoldenRequestsFailed: the release raised Runtime.ImportModuleError" in str(run.reason)
    assert released.deployment.routing(MODEL) == routing
    assert len(released.deployment.ledger(MODEL).entries()) == moves
    assert released.ask(world.january_requests()[:5]).status == 200

    # Nor can a person bring it before clients.
    order = {"action": "restore", "version": run.version, "who": "somebody", "why": "curious"}
    with pytest.raises(CommandError, match=f"NotFound: version {run.version} .*has no package in this stack"):
        invoke(released.deployment.model(MODEL)["MoveAliasFunction"], order)


def test_a_model_that_answers_nan_is_never_registered(released: Product, won: TrainingRun) -> None:
    _, width = column_of(released, won, "distance")
    run_id = imitate(released, won, answers_nan(width))
    registered = [version.version for version in released.deployment.versions(MODEL).all()]
    with pytest.raises(CommandError, match=r"(?s)InvalidModel: .*nan for row 0, which is not a probability"):
        invoke(released.function_behind("Register"), {"run_id": run_id, "winner": WINNER})
    assert [version.version for version in released.deployment.versions(MODEL).all()] == registered


def test_a_registered_model_that_was_tampered_with_is_not_released(
    released: Product, won: TrainingRun
) -> None:
    column, width = column_of(released, won, "distance")
    champion = released.champion
    key = f"models/{MODEL}/{champion.version:06}/model.onnx"
    genuine = released.deployment.artifacts.get(key)
    released.deployment.artifacts.put(key, answers_nan_where(column, _TRAP_MILES, width))
    try:
        with pytest.raises(CommandError, match="TamperedArtifact"):
            invoke(
                released.function_behind("PrepareRelease"),
                {"run_id": won.run_id, "version": champion.version},
            )
    finally:
        released.deployment.artifacts.put(key, genuine)
    assert released.champion == champion


def test_a_challenger_that_fails_only_under_live_traffic_is_rolled_back_within_one_evaluation_period(
    released: Product, won: TrainingRun
) -> None:
    column, width = column_of(released, won, "distance")
    champion = released.champion
    run_id = imitate(released, won, answers_nan_where(column, _TRAP_MILES, width))
    execution = released.start_at(
        "Register", {"admission": {"run_id": run_id}, "judgement": {"winner": WINNER}}
    )
    released.watch.until("the canary", released.watch.canary_is_live)
    usual = world.january_requests()[:20]
    trapped = [{**instance, "distance": _TRAP_MILES} for instance in usual]
    traffic = Traffic(released, [each for pair in zip(usual, trapped, strict=True) for each in pair])
    ended = released.ended(execution, meanwhile=traffic.while_baking)

    assert ended["status"] == "SUCCEEDED"
    assert released.champion == champion
    assert released.deployment.routing(MODEL).canary is None
    run = closed(released, run_id)
    assert run.outcome == "rolled back"
    assert "requests failed; up to 1.0% may" in str(run.reason)
    moves = [move for move in released.deployment.ledger(MODEL).entries() if move.run_id == run_id]
    assert [(move.action, move.weight) for move in moves] == [("canary", 0.2), ("roll back", 0.0)]
    assert moves[1].why == run.reason

    first_failure, status = traffic.failed[0]
    assert status == 500
    # Looks are one period apart, and the first one after it decided.
    seen = [verdict for at, verdict in evaluations(released, execution) if at > first_failure]
    assert "baking" not in seen
    assert released.ask(trapped).status == 200


def evaluations(product: Product, execution: str) -> list[tuple[float, str]]:
    """When the canary was looked at, and the verdict."""
    pages = product.client("stepfunctions").get_paginator("get_execution_history")
    events: list[dict[str, Any]] = [
        event for page in pages.paginate(executionArn=execution) for event in page["events"]
    ]
    entered = [
        event["timestamp"].timestamp()
        for event in events
        if event.get("stateEnteredEventDetails", {}).get("name") == "EvaluateCanary"
    ]
    verdicts = [
        json.loads(event["stateExitedEventDetails"]["output"])["evaluation"]["verdict"]
        for event in events
        if event.get("stateExitedEventDetails", {}).get("name") == "EvaluateCanary"
    ]
    return list(zip(entered, verdicts, strict=True))
