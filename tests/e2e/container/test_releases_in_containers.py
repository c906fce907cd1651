"""A model that tasks serve is released, tried, rolled back and brought back, and no request fails for it."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.container.conftest import MODEL, trips
from tests.e2e.loop.impostors import WINNER, answers_nan_where, column_of, imitate
from tests.e2e.loop.product import Product, Traffic

# The way of a release beside that of functions takes minutes: a cloud of its own, an image and three releases.
pytestmark = pytest.mark.long
# No trip is so long.
_TRAP = 12345.0
_USUAL = [{name: row[name] for name in ("station", "distance")} for row in trips(40)]


def tasks(product: Product) -> dict[str, int]:
    """How many tasks each service of the model is to have, by the release that they run."""
    cluster = product.deployment.platform("Cluster")
    ecs = product.client("ecs")
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    services = ecs.describe_services(cluster=cluster, services=arns)["services"]
    return {
        each["taskDefinition"].rpartition("-release-")[2].partition(":")[0]: each["desiredCount"]
        for each in services
        if each["desiredCount"]
    }


def run_over_again(product: Product, trap: float) -> tuple[str, str]:
    """A run whose winner says 0.3, but fails inside where the distance is ``trap``; and its execution."""
    first = product.deployment.versions(MODEL).get(1)
    won = product.deployment.runs(MODEL).find(first.run_id)
    assert won is not None
    column, width = column_of(product, won, "distance")
    run_id = imitate(product, won, answers_nan_where(column, trap, width))
    document = {"admission": {"run_id": run_id}, "judgement": {"winner": WINNER}}
    return run_id, product.start_at("Register", document)


@contextmanager
def clients(product: Product) -> Iterator[list[int]]:
    """A client that goes on asking what every release can answer; the statuses of its answers."""
    statuses: list[int] = []
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            statuses.append(product.ask(_USUAL[:2]).status)
            time.sleep(0.05)

    asking = threading.Thread(target=go_on)
    asking.start()
    try:
        yield statuses
    finally:
        over.set()
        asking.join()


def test_the_first_release_answers_in_its_task_and_what_it_predicts_is_logged(served: Product) -> None:
    answer = served.ask(_USUAL[:3])
    assert (answer.status, answer.body["model_version"]) == (200, 1)
    assert tasks(served) == {served.champion.lambda_version: 1}
    wanted = set(answer.body["prediction_ids"])
    lake = served.deployment.lake

    def logged() -> bool:
        texts = [gzip.decompress(lake.get(key)).decode() for key in lake.list(f"prediction-log/{MODEL}/")]
        return all(any(each in text for text in texts) for each in wanted)

    served.watch.until("the prediction log", logged)


def test_a_challenger_that_fails_under_live_traffic_is_rolled_back_and_its_tasks_end(served: Product) -> None:
    champion = served.champion
    run_id, execution = run_over_again(served, _TRAP)
    trapped = [{**instance, "distance": _TRAP} for instance in _USUAL]
    traffic = Traffic(served, [each for pair in zip(_USUAL, trapped, strict=True) for each in pair])
    with clients(served) as statuses:
        ended = served.ended(execution, meanwhile=traffic.while_baking)
    assert ended["status"] == "SUCCEEDED"
    run = served.deployment.runs(MODEL).find(run_id)
    assert run is not None
    assert (run.outcome, served.champion) == ("rolled back", champion)
    assert "requests failed; up to 1.0% may" in str(run.reason)
    moves = [move for move in served.deployment.ledger(MODEL).entries() if move.run_id == run_id]
    assert [(move.action, move.weight) for move in moves] == [("canary", 0.3), ("roll back", 0.0)]
    assert tasks(served) == {champion.lambda_version: 1}
    assert set(statuses) == {200}
    assert served.ask(trapped[:1]).status == 200


def test_a_challenger_is_promoted_and_taken_back_in_one_step_and_no_request_fails(served: Product) -> None:
    before = served.champion
    run_id, execution = run_over_again(served, _TRAP)
    traffic = Traffic(served, _USUAL)
    with clients(served) as statuses:
        ended = served.ended(execution, meanwhile=traffic.while_baking)
        run = served.deployment.runs(MODEL).find(run_id)
        assert run is not None
        assert (ended["status"], run.outcome) == ("SUCCEEDED", "released"), run.reason
        promoted = served.champion
        assert promoted != before
        assert tasks(served) == {promoted.lambda_version: 1}
        asked: dict[str, Any] = served.keepfit("rollback", MODEL, "--why", "it says 0.3 to everybody")
        assert asked["version"] == before.version
        assert served.ask(_USUAL[:1]).body["model_version"] == before.version
    assert set(statuses) == {200}
    assert traffic.failed == []
    assert served.champion == before
    assert tasks(served) == {before.lambda_version: 1}
