"""Profiles add up: those of two halves are that of the whole."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import numpy as np
import pytest

from keepfit.features.contracts.rules.distribution import distance
from keepfit.features.profiles.measure import measure
from keepfit.features.profiles.profile import ColumnProfile, Profile, merge, upper_end
from keepfit.features.schema.definition import DatasetDefinition, Field

FIELDS = {
    "amount": Field(type="float", nullable=True),
    "count": Field(type="int"),
    "kind": Field(type="category"),
    "ok": Field(type="bool"),
    "note": Field(type="text", nullable=True),
    "at": Field(type="timestamp"),
}
DATASET = DatasetDefinition(fields=FIELDS)


def measured(folder: Path, where: str) -> Profile:
    path = folder / "part.parquet"
    query = """
        SELECT CASE WHEN n % 10 > 0 THEN (n % 50 - 25) * 1.7 END::DOUBLE AS amount, n::BIGINT AS count,
        'kind ' || n % 150 AS kind, n % 3 = 0 AS ok, CASE WHEN n % 4 = 0 THEN 'x' END AS note,
        TIMESTAMPTZ '2013-01-01 00:00:00Z' AS at FROM range(1000) AS r(n)"""
    duckdb.sql(f"COPY (SELECT * FROM ({query}) WHERE {where}) TO '{path}'")
    with duckdb.connect() as connection:
        return measure(connection, path, DATASET)


def test_a_profile_counts_what_is_there_and_what_is_missing(tmp_path: Path) -> None:
    found = measured(tmp_path, "true")
    assert found.rows == 1000
    assert {name: (one.kind, one.missing) for name, one in found.columns.items()} == {
        "amount": ("numbers", 100),
        "count": ("numbers", 0),
        "kind": ("values", 0),
        "ok": ("values", 0),
        "note": ("none", 750),
        "at": ("none", 0),
    }
    assert found.columns["ok"].counts == {"false": 666, "true": 334}
    kinds = found.columns["kind"]
    assert (len(kinds.counts), sum(kinds.counts.values()) + kinds.others) == (100, 1000)
    assert found.columns["amount"].counts["0"] == 0 + sum(
        1 for n in range(1000) if n % 10 > 0 and n % 50 == 25
    )


def test_fields_may_have_any_name(tmp_path: Path) -> None:
    names = {"v": "category", "c": "int", "value": "float", 'a "b"': "category", "count(*)": "bool"}
    path = tmp_path / "part.parquet"
    columns = '\'x\' AS v, 7 AS c, 1.5 AS value, \'y\' AS "a ""b""", true AS "count(*)"'
    duckdb.sql(f"COPY (SELECT {columns}) TO '{path}'")
    with duckdb.connect() as connection:
        found = measure(
            connection, path, DatasetDefinition(fields={n: Field(type=t) for n, t in names.items()})
        )
    assert [one.counts for one in found.columns.values()] == [
        {"x": 1},
        {"+21": 1},
        {"+5": 1},
        {"y": 1},
        {"true": 1},
    ]


def test_profiles_of_parts_add_up_to_that_of_the_whole(tmp_path: Path) -> None:
    whole = measured(tmp_path, "true")
    halves = [measured(tmp_path, condition) for condition in ("count < 300", "count >= 300")]
    both = merge(halves)
    assert both.rows == whole.rows
    for name in ("amount", "count", "ok", "note"):
        assert both.columns[name] == whole.columns[name], name
    kinds = both.columns["kind"]
    assert sum(kinds.counts.values()) + kinds.others == 1000


@pytest.mark.parametrize("value", [1e-9, 0.3, 1.0, 7.0, 1e12, -5.5])
def test_a_bin_ends_within_a_tenth_of_its_numbers(tmp_path: Path, value: float) -> None:
    path = tmp_path / "part.parquet"
    duckdb.sql(f"COPY (SELECT {value}::DOUBLE AS amount) TO '{path}'")
    with duckdb.connect() as connection:
        columns = measure(connection, path, DatasetDefinition(fields={"amount": FIELDS["amount"]})).columns
    [name] = columns["amount"].counts
    assert abs(value) <= abs(upper_end(name)) * (1 + 1e-9)
    assert abs(upper_end(name)) < abs(value) * 1.1 * (1 + 1e-9)
    assert math.copysign(1, upper_end(name)) == math.copysign(1, value)


def test_a_column_whose_type_changed_has_no_past() -> None:
    texts = ColumnProfile(kind="values", rows=5, missing=0, counts={"a": 5})
    numbers = ColumnProfile(kind="numbers", rows=3, missing=1, counts={"+1": 2})
    merged = merge([Profile(rows=5, columns={"a": texts}), Profile(rows=3, columns={"a": numbers})])
    assert merged.columns["a"] == numbers


def numbers(values: np.ndarray) -> ColumnProfile:
    exponents = np.ceil(np.log(values) / np.log(1.1)).astype(int)
    names, counts = np.unique(exponents, return_counts=True)
    return ColumnProfile(
        kind="numbers",
        rows=len(values),
        missing=0,
        counts={f"+{name}": int(count) for name, count in zip(names, counts, strict=True)},
    )


def test_the_distance_is_none_by_chance_and_whole_where_nothing_is_in_both() -> None:
    draw = np.random.default_rng(0)
    before = numbers(draw.lognormal(2, 1, 20_000))
    by_chance = [distance(numbers(draw.lognormal(2, 1, 300)), before) for _ in range(20)]
    assert max(by_chance) < 0.1
    assert distance(numbers(draw.lognormal(2.5, 1, 300)), before) > 0.15
    assert distance(numbers(draw.lognormal(9, 0.1, 300)), before) > 0.8
