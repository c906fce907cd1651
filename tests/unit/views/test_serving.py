from __future__ import annotations

import pytest

from keepfit.errors import NotFound
from keepfit.views.serving import Canary, read_serving
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history


def test_before_the_first_release_nobody_serves(stores: ModelStores) -> None:
    now = read_serving(stores)
    assert (now.champion, now.version, now.canary) == (None, None, None)


def test_the_champion_is_what_the_alias_points_to(stores: ModelStores) -> None:
    history.two_releases(stores)
    assert read_serving(stores).version == 2


def test_a_canary_is_told_beside_the_champion(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    history.start_canary(stores, "4", 0.2)
    now = read_serving(stores)
    assert (now.version, now.canary) == (2, Canary(version=3, weight=0.2))


def test_a_release_that_nobody_recorded_is_no_champion(stores: ModelStores) -> None:
    history.point(stores, "7")
    with pytest.raises(NotFound, match="Lambda version 7"):
        read_serving(stores)
