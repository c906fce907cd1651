"""A product of one model, on an embedded cloud of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.places.bring_up import bring_up
from keepfit.adapters.aws import clients
from localcloud.cloud import Cloud
from tests.e2e.loop import impostors
from tests.e2e.loop import product as products
from tests.e2e.loop.product import Product


@contextmanager
def own_product(folder: Path, *, name: str, model: str, definition: str) -> Iterator[Product]:
    """Deploys ``model`` of a definition, and takes the cloud down afterwards."""
    (folder / "models").mkdir()
    (folder / "models" / f"{model}.toml").write_text(definition)
    cloud, ambient = Cloud(name=name, root=folder / "state"), dict(os.environ)
    with pytest.MonkeyPatch.context() as patch:
        for module in (products, impostors):
            patch.setattr(module, "MODEL", model)
        patch.setenv("KEEPFIT_MODELS", str(folder / "models"))
        try:
            made = Product(bring_up(cloud, lambda _text: None), cloud)
            os.environ.clear()
            os.environ.update(ambient)
            made.enter(patch)
            clients.client.cache_clear()
            yield made
        finally:
            cloud.down()
            clients.client.cache_clear()
