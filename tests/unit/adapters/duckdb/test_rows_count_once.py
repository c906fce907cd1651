"""Rows of a training set count once: equal rows, and of a key's rows the one known last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import TrainingRows
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.offline.split_plan import Portion

TOML = """
[dataset.trips]
event_time = "started"
known_at = "known"
{key}
[dataset.trips.fields]
id = {{ type = "int" }}
started = {{ type = "timestamp" }}
known = {{ type = "timestamp" }}
station = {{ type = "category" }}
late = {{ type = "bool", nullable = true }}
[dataset.prices]
event_time = "day"
{price_key}
[dataset.prices.fields]
day = {{ type = "timestamp" }}
station = {{ type = "category" }}
price = {{ type = "float", nullable = true }}
[feature_view.price]
dataset = "prices"
entity = ["station"]
latest = ["price"]
ttl = "30d"
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station"]
features = ["price:price"]
"""
TRIP = "id BIGINT, started TIMESTAMPTZ, known TIMESTAMPTZ, station VARCHAR, late BOOLEAN"
PRICE = "day TIMESTAMPTZ, station VARCHAR, price DOUBLE"
PRICES = ["'2026-01-01 00:00:00+00', 'north', 10"]


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[TrainingRows]:
    with DuckdbEngine(memory_mb=256, threads=1).training_rows(tmp_path) as found:
        yield found


def compiled(folder: Path, *, key: str = "", price_key: str = "") -> CompiledModel:
    (folder / "m.toml").write_text(TOML.format(key=key, price_key=price_key))
    return compiling.compile_model(compiling.load(folder), "lateness")


def part(path: Path, columns: str, values: list[str], *, upload: str, at: str = "2026-03-01") -> Path:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE t ({columns})")
        for row in values:
            connection.execute(f"INSERT INTO t VALUES ({row})")
        lineage = (
            f"'{upload}' AS _source_sha256, row_number() OVER () AS _source_row, "
            f"TIMESTAMPTZ '{at} 00:00:00+00' AS _ingested_at"
        )
        connection.execute(f"COPY (SELECT *, {lineage} FROM t) TO '{path}' (FORMAT parquet)")
    return path


def collected(rows: TrainingRows) -> list[tuple[object, ...]]:
    return rows.connection.execute(
        "SELECT station, _label, price FROM collected WHERE _until IS NULL ORDER BY ALL"
    ).fetchall()


def trip(number: int, *, known: str = "2026-01-06", station: str = "north", late: str = "true") -> str:
    return f"{number}, '2026-01-05 00:00:00+00', '{known} 00:00:00+00', '{station}', {late}"


def test_rows_equal_in_every_field_count_once_within_and_across_uploads(
    rows: TrainingRows, tmp_path: Path
) -> None:
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1), trip(1), trip(2)], upload="a"),
        part(tmp_path / "b.parquet", TRIP, [trip(2), trip(3)], upload="b"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    assert rows.collect(plan_of(compiled(tmp_path)), {"trips": parts, "prices": prices}) == 3


def test_of_a_key_the_row_known_last_counts_whichever_was_uploaded_last(
    rows: TrainingRows, tmp_path: Path
) -> None:
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1, known="2026-02-01", late="false")], upload="a"),
        part(tmp_path / "b.parquet", TRIP, [trip(1), trip(2)], upload="b", at="2026-04-01"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    rows.collect(plan_of(compiled(tmp_path, key='key = ["id"]')), {"trips": parts, "prices": prices})
    assert collected(rows) == [("north", False, 10.0), ("north", True, 10.0)]


def test_of_rows_known_at_once_the_one_uploaded_last_counts(rows: TrainingRows, tmp_path: Path) -> None:
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1, station="south")], upload="z"),
        part(tmp_path / "b.parquet", TRIP, [trip(1)], upload="b", at="2026-04-01"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    rows.collect(plan_of(compiled(tmp_path, key='key = ["id"]')), {"trips": parts, "prices": prices})
    assert collected(rows) == [("north", True, 10.0)]


def test_a_label_that_was_taken_back_trains_nothing(rows: TrainingRows, tmp_path: Path) -> None:
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1), trip(2)], upload="a"),
        part(tmp_path / "b.parquet", TRIP, [trip(1, known="2026-02-01", late="NULL")], upload="b"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    assert (
        rows.collect(plan_of(compiled(tmp_path, key='key = ["id"]')), {"trips": parts, "prices": prices}) == 1
    )


def test_a_corrected_value_of_a_view_replaces_the_one_uploaded_before(
    rows: TrainingRows, tmp_path: Path
) -> None:
    prices = [
        part(tmp_path / "p.parquet", PRICE, PRICES, upload="p"),
        part(
            tmp_path / "q.parquet",
            PRICE,
            ["'2026-01-01 00:00:00+00', 'north', 7"],
            upload="a",
            at="2026-04-01",
        ),
    ]
    trips = [part(tmp_path / "a.parquet", TRIP, [trip(1)], upload="a")]
    model = compiled(tmp_path, price_key='key = ["station", "day"]')
    rows.collect(plan_of(model), {"trips": trips, "prices": prices})
    assert collected(rows) == [("north", True, 7.0)]


def test_a_row_corrected_after_the_cut_trains_as_it_was_known_then_and_judges_as_it_is_known_now(
    rows: TrainingRows, tmp_path: Path
) -> None:
    late = "2, '2026-02-05 00:00:00+00', '2026-02-06 00:00:00+00', 'south', {}"
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1), late.format("true")], upload="a"),
        part(
            tmp_path / "b.parquet",
            TRIP,
            [trip(1, known="2026-02-07", late="false"), late.format("false").replace("02-06", "02-08")],
            upload="b",
        ),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    plan = plan_of(compiled(tmp_path, key='key = ["id"]'))
    rows.collect(plan, {"trips": parts, "prices": prices})
    cut = rows.cut(replace(plan.split, holdout=Portion.parse("10d"), max_rows=10))
    assert (cut.available, cut.waiting, cut.lateness_s) == (1, 0, 86_400)
    assert rows.labels("train").tolist() == [True]
    assert rows.labels("holdout").tolist() == [False]


def test_a_row_waits_whose_label_was_first_known_after_the_cut_however_often_it_was_corrected(
    rows: TrainingRows, tmp_path: Path
) -> None:
    newest = "9, '2026-02-20 00:00:00+00', '2026-02-20 00:00:00+00', 'south', true"
    first = [
        trip(1),
        trip(2, known="2026-02-15"),
        trip(3, late="NULL"),
        trip(4),
        newest,
    ]
    corrected = [
        trip(1, known="2026-02-16", late="false"),
        trip(2, known="2026-02-16", late="false"),
        trip(3, known="2026-02-16"),
        trip(4, known="2026-01-20", late="false"),
    ]
    parts = [
        part(tmp_path / "a.parquet", TRIP, first, upload="a"),
        part(tmp_path / "b.parquet", TRIP, corrected, upload="b"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, PRICES, upload="p")]
    plan = plan_of(compiled(tmp_path, key='key = ["id"]'))
    rows.collect(plan, {"trips": parts, "prices": prices})
    cut = rows.cut(replace(plan.split, holdout=Portion.parse("10d"), max_rows=10))
    assert (cut.available, cut.waiting) == (2, 2)


def test_a_category_that_an_old_part_spells_with_a_fraction_of_zeros_is_the_same_category(
    rows: TrainingRows, tmp_path: Path
) -> None:
    parts = [
        part(tmp_path / "a.parquet", TRIP, [trip(1, station="7.0"), trip(2, station="7.50")], upload="a"),
        part(tmp_path / "b.parquet", TRIP, [trip(1, station="7"), trip(3, station="7")], upload="b"),
    ]
    prices = [part(tmp_path / "p.parquet", PRICE, ["'2026-01-01 00:00:00+00', '7.0', 3"], upload="p")]
    assert rows.collect(plan_of(compiled(tmp_path)), {"trips": parts, "prices": prices}) == 3
    assert collected(rows) == [("7", True, 3.0), ("7", True, 3.0), ("7.50", True, None)]
