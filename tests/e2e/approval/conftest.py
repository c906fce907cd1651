"""One embedded cloud with a model whose releases wait for a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keepfit.adapters.aws import clients
from tests.e2e.container.conftest import as_csv, trips
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
[model.lateness.training.candidates.logistic]
algorithm = "logistic_regression"
[model.lateness.release]
approval = "required"
approval_period = "1m"
strategy = "at_once"
[model.lateness.retraining]
cooldown = "0s"
max_per_day = 20
"""


@pytest.fixture(scope="session")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product with data for a first release, which nobody has approved yet."""
    folder = tmp_path_factory.mktemp("approval")
    with own_product(folder, name="approval", model=MODEL, definition=_TOML) as made:
        made.take_in("trips/first.csv", as_csv(trips(1500)))
        yield made


@pytest.fixture(autouse=True)
def in_the_cloud(governed: Product, monkeypatch: pytest.MonkeyPatch, no_ambient_aws: None) -> Iterator[None]:
    """Every client that a test makes is one of the embedded cloud; afterwards none is left."""
    governed.enter(monkeypatch)
    yield
    clients.client.cache_clear()
