"""A lineage: from files to releases, for a dataset, a view and a model alike."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepfit.errors import NotFound
from keepfit.views.catalogue import Known
from keepfit.views.lineage import Lineage, read_lineage
from tests.unit.views.support import history
from tests.unit.views.support.history import AT, MODEL
from tests.unit.views.test_catalogue import defined, known

__all__ = ["defined", "known"]


@pytest.fixture
def trained(known: Known) -> Known:
    """Each version of the dataset trained one of the model, and a later run none."""
    stores = known.models[MODEL]
    for number in (1, 2, 3):
        history.put_run(
            stores,
            run_id=f"run-{number}",
            started_at=AT + timedelta(days=number),
            data={"flights": min(number, 2), "weather": 7},
            outcome="champion kept" if number == 3 else "released",
        )
    return known


def edges(lineage: Lineage) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in lineage.edges}


ALL = {
    ("upload/flights/aa", "dataset/flights/1"),
    ("dataset/flights/1", "dataset/flights/2"),
    ("upload/flights/bb", "dataset/flights/2"),
    ("dataset/flights/1", "run/delay/run-1"),
    ("dataset/flights/2", "run/delay/run-2"),
    ("dataset/flights/2", "run/delay/run-3"),
    ("run/delay/run-1", "model/delay/1"),
    ("run/delay/run-2", "model/delay/2"),
    ("model/delay/1", "release/delay/2"),
    ("model/delay/2", "release/delay/3"),
}


@pytest.mark.parametrize("name", ["flights", "delay"])
def test_it_leads_from_files_to_releases(trained: Known, name: str) -> None:
    lineage = read_lineage(trained, name, 10)
    assert edges(lineage) == ALL
    assert {node.id for node in lineage.nodes} == {each for edge in ALL for each in edge}
    assert [node.id for node in lineage.nodes if node.current] == [
        "dataset/flights/2",
        "model/delay/2",
        "release/delay/3",
    ]
    assert lineage.older == 0


def test_of_a_long_history_the_newest_is_shown(trained: Known) -> None:
    lineage = read_lineage(trained, "delay", 1)
    assert edges(lineage) == {
        ("upload/flights/aa", "dataset/flights/2"),
        ("upload/flights/bb", "dataset/flights/2"),
        ("dataset/flights/2", "run/delay/run-3"),
    }
    assert lineage.older == 1


def test_a_withdrawn_upload_is_in_the_versions_of_before_and_named_by_the_next(trained: Known) -> None:
    stores = trained.datasets["flights"]
    history.withdraw_first(stores, stores.manifests.manifest("flights", 2))
    lineage = read_lineage(trained, "flights", 10)
    [third] = [node for node in lineage.nodes if node.id == "dataset/flights/3"]
    assert third.says == "100 rows of 1 uploads, without flights/jan.csv"
    assert ("dataset/flights/2", "dataset/flights/3") in edges(lineage)


def test_a_view_has_the_lineage_of_its_dataset_and_of_the_models_that_use_it(trained: Known) -> None:
    lineage = read_lineage(trained, "gate_weather", 10)
    assert {node.kind for node in lineage.nodes} == {"run", "model_version", "release"}


def test_without_a_deployment_there_is_nothing_yet(defined: Known) -> None:
    assert read_lineage(defined, "flights", 10).nodes == []
    with pytest.raises(NotFound):
        read_lineage(defined, "nope", 10)
