"""One embedded cloud with a model that containers serve, and its first release."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keepfit.adapters.aws import clients
from tests.e2e.loop.product import Product
from tests.e2e.own_product import own_product

MODEL = "lateness"
_TOML = """
[dataset.trips]
event_time = "started_at"
known_at = "ended_at"
[dataset.trips.fields]
started_at = { type = "timestamp" }
ended_at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float", min = 0 }
late = { type = "bool", nullable = true }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance"]
serving = { on = "container", min_tasks = 1, max_tasks = 3 }
[model.lateness.training.candidates.logistic]
algorithm = "logistic_regression"
[model.lateness.release]
canary = 0.3
baking_period = "6s"
evaluation_period = "3s"
baking_limit = "30m"
minimum_requests = 60
max_score_shift = 1
"""


def trips(rows: int) -> list[dict[str, Any]]:
    """Trips of which long ones from the north are late, drawn with a seed."""
    drawn, at = random.Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    made = []
    for number in range(rows):
        station, distance = drawn.choice(["north", "south"]), round(drawn.uniform(0.5, 12), 2)
        started = at + timedelta(minutes=11 * number)
        made.append(
            {
                "started_at": f"{started:%Y-%m-%dT%H:%M:%SZ}",
                "ended_at": f"{started + timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}",
                "station": station,
                "distance": distance,
                "late": str(drawn.random() < 0.1 + 0.06 * distance * (station == "north")).lower(),
            }
        )
    return made


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines).encode() + b"\n"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product after its first upload: tasks serve the first release."""
    folder = tmp_path_factory.mktemp("container")
    with own_product(folder, name="container", model=MODEL, definition=_TOML) as made:
        made.take_in("trips/first.csv", as_csv(trips(1500)))
        runs = made.deployment.runs(MODEL)
        made.watch.until("the first release", lambda: [run for run in runs.newest(1) if run.closed_at])
        yield made


@pytest.fixture(autouse=True)
def in_the_cloud(served: Product, monkeypatch: pytest.MonkeyPatch, no_ambient_aws: None) -> Iterator[None]:
    """Every client that a test makes is one of the embedded cloud; afterwards none is left."""
    served.enter(monkeypatch)
    yield
    clients.client.cache_clear()
