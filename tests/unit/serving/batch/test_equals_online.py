"""A batch answers and refuses what requests with the same rows do, to the bit."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from keepfit.features.schema.types.base import type_of
from tests.drawn import examples
from tests.unit.serving.support.batches import (
    SIGNATURE,
    Row,
    assert_equal,
    batch,
    good_row,
    online,
    scorer,
)

_numbers = st.floats(-2e6, 2e6) | st.integers(-5, 5) | st.sampled_from([1e39, 0.1, -0.0, 2.0**53])
_categories = st.sampled_from(
    ["UA", "AA", " UA ", "7.0", "7", 7, 7.0, 7.5, "ZZ", "none", "", None, "é" * 1001]
)
_times = st.sampled_from(
    [
        "2026-03-08T07:00:00Z",
        "2026-11-01T05:30:00.123456Z",
        "1999-12-31 23:59",
        "1899-01-01T00:00:00Z",
        "soon",
        "",
        None,
    ]
)
_lists = st.lists(
    st.sampled_from([0.5, -1, 2e-3, 1e39, "x", None]), min_size=1, max_size=3
) | st.sampled_from([[0.5, 1], [1, 2], None, "[0.25, 3]", "bad", 5])
_CELLS: dict[str, st.SearchStrategy[Any]] = {
    "float": _numbers | st.sampled_from(["1,5", "1.5", "12 %", "?", -9, "-9", "x", True, None, "inf"]),
    "int": st.integers(-3, 9) | st.sampled_from([2.0, 2.5, "7", "7.0", "x", None, 2**63, False]),
    "bool": st.booleans() | st.sampled_from(["yes", "No", 1, 0, 2, "maybe", None]),
    "category": _categories,
    "timestamp": _times,
    "text": st.sampled_from(["Late again!", " a ", "", None, 5, "late late", "ä an"]),
    "vector": _lists,
    "image": _lists,
}
_usual = good_row()
_rows = st.fixed_dictionaries(
    {c.name: st.just(_usual[c.name]) | _CELLS[c.type] for c in SIGNATURE.instance_columns}
)


def told_of(rows: Sequence[Row], name: str, write: Any, *, first: int = 1) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        write(file)
        assert_equal(batch(scorer(), file, Path(folder) / "out"), online(scorer(), rows), first=first)


@examples(15)
@given(rows=st.lists(_rows, min_size=1, max_size=25))
def test_lines_of_json_are_answered_and_refused_as_requests_are(rows: list[dict[str, Any]]) -> None:
    told_of(rows, "rows.jsonl", lambda file: file.write_text("\n".join(map(json.dumps, rows))))


def _texts(row: Row) -> dict[str, Any]:
    return {
        column.name: None
        if row[column.name] is None
        else cell
        if isinstance(cell := row[column.name], str)
        else type_of(column.type).spelled(column, cell)
        for column in SIGNATURE.instance_columns
    }


@examples(15)
@given(rows=st.lists(_rows, min_size=1, max_size=25))
def test_lines_of_csv_are_answered_and_refused_as_the_same_texts_in_a_request(
    rows: list[dict[str, Any]],
) -> None:
    texts = [_texts(row) for row in rows]

    def write(file: Path) -> None:
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, list(_usual))
            writer.writeheader()
            writer.writerows(texts)

    told_of(texts, "rows.csv", write, first=2)


# Of each type of field the columns that Parquet may have, and values for them that JSON has as well.
_doubles = st.floats(-2e6, 2e6) | st.sampled_from([1e39, -0.0, 7.0, 0.1, -9.0])
_KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "double": (pa.float64(), _doubles),
    "float": (pa.float32(), st.sampled_from([0.1, 7.5, -2.0, 1e6])),
    "int64": (pa.int64(), st.integers(-3, 9) | st.sampled_from([2**63 - 1, -(2**53) - 1])),
    "uint8": (pa.uint8(), st.integers(0, 9)),
    "bool": (pa.bool_(), st.booleans()),
    "text": (
        pa.string(),
        st.sampled_from(["UA", "7.0", "12", "yes", "1,5", "2026-01-05T08:00:00Z", " aa", "", "é"]),
    ),
    "known": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["UA", "AA", "ZZ"])),
    "time": (
        pa.timestamp("us", tz="UTC"),
        st.sampled_from(
            ["2026-03-08T06:59:59.500000+00:00", "1899-12-31T23:59:59+00:00", "2199-12-31T00:00:00+00:00"]
        ),
    ),
    "local": (pa.timestamp("us"), st.sampled_from(["2026-11-01T01:30:00", "2500-01-01T00:00:00"])),
    "list": (pa.list_(pa.float64()), st.lists(st.sampled_from([0.5, -1.0, 3e-7]), min_size=1, max_size=3)),
}
_LISTS = ("vector", "image")


@st.composite
def parquet_columns(draw: st.DrawFn) -> tuple[dict[str, str], list[dict[str, Any]]]:
    kinds = {}
    cells = {}
    for column in SIGNATURE.instance_columns:
        own = ["list", "text"] if column.type in _LISTS else [name for name in _KINDS if name != "list"]
        kinds[column.name] = draw(st.sampled_from(own))
        cells[column.name] = st.none() | _KINDS[kinds[column.name]][1]
    rows = draw(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=25))
    return kinds, rows


@examples(20)
@given(drawn=parquet_columns())
def test_columns_of_parquet_are_answered_and_refused_as_their_values_in_a_request(
    drawn: tuple[dict[str, str], list[dict[str, Any]]],
) -> None:
    kinds, rows = drawn

    def write(file: Path) -> None:
        columns = {
            name: pa.array(
                [
                    datetime.fromisoformat(row[name])
                    if kind in ("time", "local") and row[name]
                    else row[name]
                    for row in rows
                ],
                _KINDS[kind][0],
            )
            for name, kind in kinds.items()
        }
        pq.write_table(pa.table(columns), file)

    told_of(rows, "rows.parquet", write)
