from __future__ import annotations

import pytest

from keepfit.errors import NotFound, TamperedArtifact
from keepfit.layout import ModelScope
from keepfit.views.models import read_version, read_versions
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT, MODEL


def test_a_model_without_versions_has_none(stores: ModelStores) -> None:
    listed = read_versions(stores)
    assert (listed.model, listed.champion, listed.versions) == (MODEL, None, [])


def test_every_version_says_whether_it_serves_is_tried_or_has_served(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    history.put_version(stores, 4)
    history.start_canary(stores, "4", 0.2)
    states = [(version.version, version.state) for version in read_versions(stores).versions]
    assert states == [
        (4, "never served"),
        (3, "canary, 20% of the requests"),
        (2, "champion"),
        (1, "served before"),
    ]


def test_a_version_whose_packages_are_all_gone_is_pruned(stores: ModelStores) -> None:
    history.two_releases(stores)
    stores.versions.mark_pruned("2", AT)
    assert read_version(stores, 1).state == "served before, pruned"


def test_a_version_says_what_it_is_made_of(stores: ModelStores) -> None:
    history.two_releases(stores)
    found = read_version(stores, 1)
    assert found.manifest.data == {"flights": 1}
    assert found.report["parameters"] == {"n_estimators": 60}
    assert [release.lambda_version for release in found.releases] == ["2"]
    assert [move.action for move in found.moves] == ["promote"]


def test_a_version_that_was_never_registered_is_not_there(stores: ModelStores) -> None:
    with pytest.raises(NotFound):
        read_version(stores, 1)


def test_a_file_that_was_changed_is_not_shown_as_the_versions(stores: ModelStores) -> None:
    history.two_releases(stores)
    stores.artifacts.put(f"{ModelScope(MODEL).version(1)}model.onnx", b"another")
    with pytest.raises(TamperedArtifact):
        read_version(stores, 1)
