"""Parts of files, and files that are broken."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.serving.batch import parquet_table, text_table
from keepfit.serving.batch.parquet_table import parquet_columns, parquet_parts
from keepfit.serving.batch.summary import Summary
from keepfit.serving.inference.scorer import Scorer
from tests.unit.serving.support.batches import Row, assert_equal, batch, good_row, online, scorer
from tests.unit.serving.support.small_model import model as small_model
from tests.unit.serving.support.small_model import signature as small_signature

ROWS = [good_row(distance=float(n), stops=n % 4, carrier=["UA", "AA", "ZZ"][n % 3]) for n in range(50)]
FLIGHT = {
    "carrier": "UA",
    "distance": 100.0,
    "stops": 1,
    "international": False,
    "departure": "2026-01-05T08:00:00Z",
    "wind gust": None,
}


@pytest.fixture(scope="module")
def flights() -> Scorer:
    """A binary model of few columns."""
    return Scorer.load(small_model(), small_signature())


def parquet(path: Path, rows: list[dict[str, Any]], *, group: int = 1000) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return path


def csv_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_file_is_answered_alike_in_one_part_and_in_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*ROWS[:30], good_row(stops=-1), *ROWS[30:]]
    file = parquet(tmp_path / "rows.parquet", rows, group=10)
    whole = batch(scorer(), file, tmp_path / "whole")
    monkeypatch.setattr(parquet_table, "MAX_ROWS", 13)
    parted = batch(scorer(), file, tmp_path / "parted")
    assert [part.rows for part in parted.parts] == [10, 10, 10, 10, 11]
    assert (parted.results, parted.refused) == (whole.results, whole.refused)
    assert_equal(whole, online(scorer(), rows))


def test_a_row_group_that_is_too_large_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = parquet(tmp_path / "rows.parquet", ROWS, group=40)
    monkeypatch.setattr(parquet_table, "MAX_ROWS", 15)
    parted = batch(scorer(), file, tmp_path / "parted")
    assert [(part.number, part.rows) for part in parted.parts] == [(0, 15), (1, 15), (2, 10), (3, 10)]
    assert_equal(parted, online(scorer(), ROWS))


def test_records_of_text_are_parted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)))
    monkeypatch.setattr(text_table, "MAX_ROWS", 1)
    assert_equal(batch(scorer(), file, tmp_path / "out"), online(scorer(), ROWS))


def test_a_part_needs_only_the_bytes_of_its_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = parquet(tmp_path / "rows.parquet", ROWS, group=10)
    monkeypatch.setattr(parquet_table, "MAX_ROWS", 20)
    with database(tmp_path, memory_mb=100) as connection:
        parts = parquet_parts(connection, file, len(parquet_columns(connection, file)))
        content = file.read_bytes()
        footer = parquet_table.footer_span(len(content), content[-8:])
        for part in parts:
            sparse = tmp_path / "sparse.parquet"
            with sparse.open("wb") as there:
                there.truncate(len(content))
                for span in (*part.spans, footer):
                    there.seek(span.start)
                    there.write(content[span.start : span.end])
            read = connection.execute(parquet_table.parquet_rows(sparse, part, len(ROWS[0]))).fetchall()
            assert [row[0] for row in read] == [*range(part.first + 1, part.first + part.rows + 1)]


def test_a_broken_part_costs_its_own_rows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = parquet(tmp_path / "rows.parquet", ROWS, group=10)
    group = pq.ParquetFile(file).metadata.row_group(2)
    start = min(group.column(n).dictionary_page_offset or group.column(n).data_page_offset for n in range(13))
    content = bytearray(file.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    file.write_bytes(content)
    monkeypatch.setattr(parquet_table, "MAX_ROWS", 10)
    batched = batch(scorer(), file, tmp_path / "out")
    [unread] = batched.summary.unread
    assert (unread.number, unread.rows) == (2, 10)
    assert unread.reason.startswith("cannot be read as Parquet")
    assert not batched.summary.whole
    assert (batched.summary.rows, batched.summary.answered, batched.summary.refused) == (50, 40, 10)
    assert [row["row"] for row in batched.results] == [*range(1, 21), *range(31, 51)]


def test_a_broken_line_is_refused_by_its_number(tmp_path: Path, flights: Scorer) -> None:
    file = csv_file(tmp_path / "rows.csv", [FLIGHT, FLIGHT])
    file.write_bytes(file.read_bytes() + b"UA,1\r\nUA,\xff,1,false,2026-01-05T08:00:00Z,\r\n")
    batched = batch(flights, file, tmp_path / "out")
    assert [row["row"] for row in batched.results] == [2, 3]
    assert [(one["row"], one["field"], one["reason"]) for one in batched.refused] == [
        (4, None, "has 2 values where the header names 6"),
        (5, None, "the line is not UTF-8"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.txt", b"a", "is no .csv, "),
        ("rows.zip", b"PK\x03\x04", "is an archive"),
        ("rows.csv", b"", "is empty"),
        ("rows.csv", b"carrier,distance,stops,international,departure,wind gust\n", "holds no rows"),
        ("rows.csv", b"carrier,distance\nUA,1\n", "has no column stops, international, departure, wind gust"),
        ("rows.csv", b"PAR1\0\0\0\0", "a Parquet file"),
        ("rows.jsonl", b'{"carrier": "UA"}\n', "has no object with distance, stops"),
        ("rows.parquet", b"PAR1 no", "cannot be read as Parquet"),
        ("rows.xlsx", b"no workbook", "is no Excel workbook"),
    ],
)
def test_a_file_that_is_no_table_of_the_model_is_refused_whole(
    tmp_path: Path, flights: Scorer, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedUpload, match=message.replace("(", r"\(")):
        batch(flights, tmp_path / name, tmp_path / "out")


def test_a_file_without_rows_is_refused(tmp_path: Path, flights: Scorer) -> None:
    duckdb.sql(f"COPY (SELECT 1 AS distance LIMIT 0) TO '{tmp_path}/rows.parquet'")
    with pytest.raises(RefusedUpload, match="holds no rows"):
        batch(flights, tmp_path / "rows.parquet", tmp_path / "out")


def test_a_nested_column_is_refused(tmp_path: Path, flights: Scorer) -> None:
    file = parquet(tmp_path / "rows.parquet", [{**FLIGHT, "distance": {"km": 3}}])
    batched = batch(flights, file, tmp_path / "out")
    assert "column distance is a STRUCT" in batched.summary.unread[0].reason


def test_columns_are_carried_along_and_those_that_clash_are_renamed(tmp_path: Path, flights: Scorer) -> None:
    rows = [{**FLIGHT, "Prediction": "mine", "note": 'a "b", c'}]
    for file in (parquet(tmp_path / "rows.parquet", rows), csv_file(tmp_path / "rows.csv", rows)):
        for form in ("parquet", "csv"):
            into = tmp_path / f"{file.suffix[1:]}-to-{form}"
            [row] = batch(flights, file, into, form=form, carry=None).results  # type: ignore[arg-type]
            assert [*row] == ["row", "prediction", "probability", *FLIGHT, "input_Prediction", "note"]
            assert (row["input_Prediction"], row["note"]) == ("mine", 'a "b", c')
        [row] = batch(flights, file, tmp_path / f"some-{file.suffix}", carry=["NOTE"]).results
        assert [*row] == ["row", "prediction", "probability", "note"]
        with pytest.raises(RefusedUpload, match="cannot be carried as asked: it has no column id"):
            batch(flights, file, tmp_path / f"none-{file.suffix}", carry=["id"])


def test_a_workbook_is_answered(tmp_path: Path, flights: Scorer) -> None:
    book = openpyxl.Workbook()
    for values in ([*FLIGHT], [*FLIGHT.values()], ["UA", "far", 1, False, "2026-01-05T08:00:00Z", None]):
        book.active.append(values)
    book.save(tmp_path / "rows.xlsx")
    batched = batch(flights, tmp_path / "rows.xlsx", tmp_path / "out", form=None)
    assert batched.summary.format == "csv"
    told = online(flights, [FLIGHT])
    assert batched.results == [{"row": 2, **told.answers[0]}]
    assert [(one["row"], one["field"], one["value"]) for one in batched.refused] == [(3, "distance", "far")]


def test_numbers_too_large_for_the_model_cost_their_row_alone(tmp_path: Path) -> None:
    rows: list[Row] = [good_row(weight=-3e38), good_row(), good_row(weight="x")]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    batched = batch(scorer(), file, tmp_path / "out")
    assert_equal(batched, online(scorer(), rows))
    assert [(one["row"], one["field"], one["reason"]) for one in batched.refused] == [
        (1, "weight", "is too large for this model's arithmetic"),
        (3, "weight", "is not a number"),
    ]


def test_the_summary_says_what_came_of_the_file(tmp_path: Path, flights: Scorer) -> None:
    file = csv_file(tmp_path / "rows.csv", [FLIGHT, {**FLIGHT, "distance": -1}, {**FLIGHT, "distance": -2}])
    batched = batch(flights, file, tmp_path / "out", form=None)
    summary = msgspec.json.decode((tmp_path / "out" / "summary.json").read_bytes(), type=Summary)
    assert summary == batched.summary
    assert (summary.version, summary.file, summary.format) == (3, "rows.csv", "csv")
    assert (summary.rows, summary.answered, summary.refused, summary.parts) == (3, 1, 2, 1)
    [reason] = summary.reasons
    assert (reason.field, reason.reason, reason.rows) == ("distance", "is not between 0 and 9000", 2)
    assert summary.started_at <= summary.ended_at
