"""Rows without an event time have that of their upload: what counts of them, and what a view of them looks up."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.ingest.ingest import Ingest
from tests.drawn import examples

TOML = """
[dataset.passengers]
{key}
[dataset.passengers.fields]
id = {{ type = "int" }}
port = {{ type = "category" }}
survived = {{ type = "bool", nullable = true }}
[dataset.ports]
[dataset.ports.fields]
port = {{ type = "category" }}
people = {{ type = "int" }}
[feature_view.town]
dataset = "ports"
entity = ["port"]
latest = ["people"]
[model.survival]
dataset = "passengers"
label = "survived"
inputs = ["id", "port"]
features = ["town:people"]
"""
INGESTED = datetime(2026, 1, 1, tzinfo=UTC)
PORTS = ["C,7", "Q,8"]


class Place:
    """A model of passengers, and uploads a second apart."""

    def __init__(self, folder: Path, key: str = "") -> None:
        (folder / "m.toml").write_text(TOML.format(key=key))
        self.compiled: CompiledModel = compiling.compile_model(compiling.load(folder), "survival")
        self._folder, self._intake, self._lake = folder, MemoryIntake(), MemoryLake()
        self._records = MemoryDatasets()

    def upload(self, dataset: str, *rows: str) -> Manifest:
        header = ",".join(self.compiled.datasets[dataset].fields)
        body = "\n".join([header, *rows, ""]).encode()
        Ingest(
            dataset=dataset,
            definition=self.compiled.datasets[dataset],
            intake=self._intake,
            lake=self._lake,
            records=self._records,
            events=MemoryEvents(),
            clock=lambda: INGESTED,
        ).take(f"{dataset}/a.csv", self._intake.put(f"{dataset}/a.csv", body))
        return self._lake.manifest(dataset, self._records.newest(dataset) or 0)

    def collected(self) -> list[tuple[Any, ...]]:
        """Every row that counts: its columns, and the second of its upload."""
        parts = {}
        for dataset in self.compiled.datasets:
            manifest = self._lake.manifest(dataset, self._records.newest(dataset) or 0)
            parts[dataset] = [self._folder / f"{dataset}-{n}.parquet" for n, _ in enumerate(manifest.parts)]
            for part, path in zip(manifest.parts, parts[dataset], strict=True):
                self._lake.get_part(part, path)
        with DuckdbEngine(memory_mb=256, threads=1).training_rows(self._folder) as rows:
            rows.collect(plan_of(self.compiled), parts)
            return rows.connection.execute(
                "SELECT id, port, _label, people, second(_event_time) "
                "FROM collected WHERE _until IS NULL ORDER BY ALL"
            ).fetchall()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_equal_rows_of_one_file_are_several_rows(place: Place) -> None:
    manifest = place.upload("passengers", "1,C,true", "1,C,true", "2,C,false")
    place.upload("ports", *PORTS)
    assert manifest.counted is not None
    assert (manifest.counted.rows, manifest.parts[0].duplicate_rows) == (3, 0)
    assert place.collected() == [(1, "C", True, 7, 1), (1, "C", True, 7, 1), (2, "C", False, 7, 1)]


def test_a_part_is_as_old_as_its_upload(place: Place) -> None:
    manifest = place.upload("passengers", "1,C,true")
    assert manifest.first_event == manifest.last_event == "2013-01-01T00:00:01.000000Z"


def test_a_file_that_is_sent_again_with_more_rows_adds_those_alone(place: Place) -> None:
    place.upload("passengers", "1,C,true", "1,C,true")
    manifest = place.upload("passengers", "2,C,true", "1,C,true", "1,C,true")
    place.upload("ports", *PORTS)
    assert manifest.counted is not None
    assert (manifest.counted.rows, manifest.parts[1].known_rows) == (3, 2)
    assert place.collected() == [(1, "C", True, 7, 1), (1, "C", True, 7, 1), (2, "C", True, 7, 2)]


def test_of_a_key_the_row_uploaded_last_counts(tmp_path: Path) -> None:
    place = Place(tmp_path, 'key = ["id"]')
    place.upload("passengers", "1,C,true", "2,C,true")
    place.upload("passengers", "1,Q,false")
    place.upload("ports", *PORTS)
    assert place.collected() == [(1, "Q", False, 8, 2), (2, "C", True, 7, 1)]


def test_a_view_gives_the_value_that_was_uploaded_last_to_rows_of_any_time(place: Place) -> None:
    place.upload("ports", *PORTS)
    place.upload("passengers", "1,C,true", "2,S,false")
    place.upload("ports", "C,9")
    assert place.collected() == [(1, "C", True, 9, 1), (2, "S", False, None, 1)]


_files = st.lists(
    st.lists(st.sampled_from(["1,C,true", "1,C,false", "2,Q,"]), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)


@examples(15)
@given(files=_files)
@example(files=[["1,C,true"] * 2, ["1,C,true"] * 3, ["1,C,true"]])
def test_a_row_counts_as_often_as_in_the_file_that_has_it_most_often(files: list[list[str]]) -> None:
    most = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for rows in files:
            most |= Counter(rows)
            manifest = place.upload("passengers", *rows)
            assert manifest.counted is not None
            assert manifest.counted.rows == most.total()
        place.upload("ports", *PORTS)
        found = Counter(f"{id_},{port},{str(label).lower()}" for id_, port, label, *_ in place.collected())
    assert found == Counter({row: times for row, times in most.items() if not row.endswith(",")})
