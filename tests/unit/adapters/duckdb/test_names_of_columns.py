"""A field may have the name of a column that DuckDB adds to files and tables, or that a query uses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.offline.split_plan import Portion
from keepfit.features.schema.definition import DatasetDefinition
from tests.unit.features.support.uploads import parquet

START = datetime(2013, 1, 1, tzinfo=UTC)
TOML = """
[dataset.trips]
event_time = "moment"
{key}
[dataset.trips.fields]
moment = {{ type = "timestamp" }}
"{name}" = {{ type = "int" }}
"{entity}" = {{ type = "int" }}
late = {{ type = "bool" }}
[dataset.prices]
{time}
[dataset.prices.fields]
day = {{ type = "timestamp" }}
"{entity}" = {{ type = "int" }}
"{feature}" = {{ type = "float" }}
[feature_view.price]
dataset = "prices"
entity = ["{entity}"]
latest = ["{feature}"]
{ttl}
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["{name}", "{entity}"]
features = ["price:{feature}"]
training.split = "{split}"
derive.twice = '''2 * "{name}" + "{feature}"'''
"""
NAMES = [
    "file_row_number", "filename", "file_index", "rowid", "row", "code", "key", "s", "f", "spine", "dataset_trips",
    "Order", "select", "count(*)", "it's", "a.b", "n", "h", "held", "times", "known",
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_any_name_goes_from_an_upload_to_a_training_set(tmp_path: Path, place: int) -> None:
    name, entity, feature = (NAMES[(place + more) % len(NAMES)] for more in range(3))
    key = f'key = ["{name}"]' if place % 2 else ""
    timeless = place % 3 == 0
    toml = TOML.format(
        name=name,
        entity=entity,
        feature=feature,
        key=key,
        time="" if timeless else 'event_time = "day"',
        ttl="" if timeless else 'ttl = "900d"',
        split=f"group:{name}".replace('"', '\\"') if timeless else "time",
    )
    (tmp_path / "m.toml").write_text(toml)
    compiled = compiling.compile_model(compiling.load(tmp_path), "lateness")
    trips = [[START + timedelta(days=9 - n), 7 + n, n % 3, n % 2 == 0] for n in range(9)]
    prices = [[START, n, float(10 * n)] for n in range(2)]
    parts = {
        "trips": taken(tmp_path, "trips", compiled.spine, trips),
        "prices": taken(tmp_path, "prices", compiled.datasets["prices"], prices),
    }
    with DuckdbEngine(memory_mb=256, threads=1).training_rows(tmp_path) as rows:
        plan = plan_of(compiled)
        assert rows.collect(plan, parts) == 9
        cut = rows.cut(replace(plan.split, holdout=Portion.parse(0.5 if timeless else "3d")))
        assert cut.available + rows.span("holdout").rows == 9
        assert timeless or cut.available == 6
        columns = [name, entity, feature, "twice"]
        rows.write_parquet("train", columns, tmp_path / "train.parquet")
        read = DuckdbRows().columns(tmp_path / "train.parquet", columns)
        found = list(zip(*(read[column].tolist() for column in columns), strict=True))
    expected = []
    for _, number, where, _ in sorted(trips):
        price = float(10 * where) if where < 2 else None
        expected.append((number, where, price, None if price is None else 2 * number + price))
    assert len(found) == cut.available
    assert found == ([row for row in expected if row in found] if timeless else expected[:6])


def taken(folder: Path, name: str, dataset: DatasetDefinition, rows: Sequence[list[object]]) -> list[Path]:
    """The parts that two uploads of the rows become, the second one holding the last row once more.

    Parquet is read in a process of its own, which takes its time: one of the datasets has it.
    """
    intake, lake = MemoryIntake(), MemoryLake()
    ingest = Ingest(
        dataset=name,
        definition=dataset,
        intake=intake,
        lake=lake,
        records=MemoryDatasets(),
        events=MemoryEvents(),
        clock=lambda: START + timedelta(days=90),
    )
    lines = [dict(zip(dataset.fields, map(str, row), strict=True)) for row in rows]
    again = ("parquet", _as_parquet) if name == "trips" else ("jsonl", _as_json_lines)
    bodies = {f"{name}/a.jsonl": _as_json_lines(lines[:-1]), f"{name}/b.{again[0]}": again[1](lines[-2:])}
    for key, body in bodies.items():
        outcome = ingest.take(key, intake.put(key, body))
        assert (outcome.outcome, outcome.bad_rows) == ("taken", 0), outcome
    parts = []
    manifest = lake.manifest(name, 2)
    assert manifest.counted is not None
    assert manifest.counted.rows == len(rows)
    for number, part in enumerate(manifest.parts):
        parts.append(folder / f"{name}-{number}.parquet")
        lake.get_part(part, parts[-1])
    return parts


def _as_json_lines(lines: Sequence[dict[str, str]]) -> bytes:
    return "\n".join(map(json.dumps, lines)).encode()


def _as_parquet(lines: Sequence[dict[str, str]]) -> bytes:
    chosen = [", ".join(f"'{value}' AS \"{column}\"" for column, value in line.items()) for line in lines]
    return parquet(" UNION ALL ".join(f"SELECT {one}" for one in chosen))
