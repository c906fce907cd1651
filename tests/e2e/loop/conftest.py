"""One embedded cloud with the product deployed to it, shared by all tests of this folder, and its first release."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cli.places.bring_up import bring_up
from keepfit.adapters.aws import clients
from localcloud.cloud import Cloud
from tests.e2e.loop.first_upload import FirstUpload, upload
from tests.e2e.loop.product import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product as `keepfit local up` deploys it; nothing was uploaded yet."""
    cloud = Cloud(name="e2e", root=tmp_path_factory.mktemp("e2e"))
    ambient = dict(os.environ)
    try:
        made = Product(bring_up(cloud, lambda _text: None), cloud)
        os.environ.clear()
        os.environ.update(ambient)
        yield made
    finally:
        cloud.down()


@pytest.fixture(autouse=True)
def in_the_cloud(product: Product, monkeypatch: pytest.MonkeyPatch, no_ambient_aws: None) -> Iterator[None]:
    """Every client that a test makes is one of the embedded cloud; afterwards none is left."""
    product.enter(monkeypatch)
    yield
    clients.client.cache_clear()


@pytest.fixture(scope="session")
def first_upload(product: Product) -> FirstUpload:
    """What became of the very first upload."""
    with pytest.MonkeyPatch.context() as patch:
        product.enter(patch)
        return upload(product)


@pytest.fixture(scope="session")
def released(product: Product, first_upload: FirstUpload) -> Product:
    """The product after its first upload: a model serves."""
    return product
