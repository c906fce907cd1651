"""One embedded cloud with a model whose releases wait for a person."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cli.places.bring_up import bring_up
from keepfit.adapters.aws import clients
from localcloud.cloud import Cloud
from tests.e2e.container.conftest import as_csv, trips
from tests.e2e.loop import impostors
from tests.e2e.loop import product as products
from tests.e2e.loop.product import Product

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
    (folder / "models").mkdir()
    (folder / "models" / "lateness.toml").write_text(_TOML)
    cloud, ambient = Cloud(name="approval", root=folder / "state"), dict(os.environ)
    with pytest.MonkeyPatch.context() as patch:
        for module in (products, impostors):
            patch.setattr(module, "MODEL", MODEL)
        patch.setenv("KEEPFIT_MODELS", str(folder / "models"))
        try:
            made = Product(bring_up(cloud, lambda _text: None), cloud)
            os.environ.clear()
            os.environ.update(ambient)
            made.enter(patch)
            clients.client.cache_clear()
            made.take_in("trips/first.csv", as_csv(trips(1500)))
            yield made
        finally:
            cloud.down()
            clients.client.cache_clear()


@pytest.fixture(autouse=True)
def in_the_cloud(governed: Product, monkeypatch: pytest.MonkeyPatch, no_ambient_aws: None) -> Iterator[None]:
    """Every client that a test makes is one of the embedded cloud; afterwards none is left."""
    governed.enter(monkeypatch)
    yield
    clients.client.cache_clear()
