"""A Parquet file is read by the rules of all files, and takes nothing down but the process that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features.ingest import parquet_limits, parquet_reading, reader_process
from keepfit.features.ingest.parquet_reading import read_apart, read_parquet
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading
from keepfit.features.io import parquet_footer
from keepfit.features.schema.types.base import NULL
from keepfit.features.schema.types.boolean import NOT_A_BOOL
from keepfit.sandbox import Failed
from tests.unit.features.support.hostile_parquet import column, footer, group, nested
from tests.unit.features.support.uploads import (
    FLIGHTS,
    NOW,
    ROW,
    SOURCE,
    kept,
    parquet,
    problems,
    read,
    refusal,
)


def reading(folder: Path, body: bytes) -> Reading:
    (folder / "upload").write_bytes(body)
    return Reading(upload="upload", folder=str(folder), dataset=FLIGHTS, source=SOURCE, at=NOW)


def read_here(folder: Path, body: bytes) -> Outcome:
    """In this process, where limits can be changed."""
    return read_parquet(reading(folder, body))


def test_parquet_is_read_by_the_same_rules(tmp_path: Path) -> None:
    body = parquet(
        "SELECT * FROM (VALUES "
        "(TIMESTAMP '2013-01-01 05:00:00', 'UA', 1400.5::FLOAT, 180::SMALLINT, 1, 'x'), "
        "(NULL, 'AA', 0.1::FLOAT, 1, 0, 'x'), "
        "(TIMESTAMP '2013-01-01', '', 'nan'::FLOAT, 901, 2, 'x'), "
        "(TIMESTAMP '2013-01-01', 'DL', 0.1::FLOAT, NULL, NULL, 'x')"
        ") t(moment, carrier, distance, seats, late, gate)"
    )
    outcome = read(tmp_path, body, "a.parquet")
    assert outcome.ignored_columns == ["gate"]
    assert problems(outcome) == [
        (2, "moment", NULL),
        (3, "carrier", NULL),
        (3, "seats", "is not between 1 and 900"),
        (3, "late", NOT_A_BOOL),
    ]
    assert kept(outcome) == [
        ("2013-01-01 05:00:00+00", "UA", 1400.5, 180, True, 1),
        ("2013-01-01 00:00:00+00", "DL", 0.1, None, None, 4),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PAR1 no parquet", "cannot be read as Parquet"),
        (parquet("SELECT 1 AS moment"), "has no column carrier"),
        (
            parquet(f"SELECT * FROM ({ROW}) LIMIT 0"),
            "holds no rows",
        ),
        (
            parquet(ROW.replace("'UA'", "['UA']")),
            "column carrier is a VARCHAR[]",
        ),
    ],
)
def test_an_unreadable_parquet_file_is_refused_whole(tmp_path: Path, body: bytes, reason: str) -> None:
    told = refusal(tmp_path, body, "a.parquet")
    assert reason in told
    assert str(tmp_path) not in told


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("MAX_VALUES", 4999, "promises 1,000 rows of 5 columns in"),
        ("MIN_ALLOWED_VALUES", 4999, "promises 1,000 rows of 5 columns in"),
        ("MAX_UNPACKED_BYTES", 100, "unpacked; split it"),
    ],
)
def test_a_parquet_file_that_promises_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, reason: str
) -> None:
    body = parquet(f"{ROW} FROM range(1000)")
    assert read_here(tmp_path, body).rows == 1000
    monkeypatch.setattr(parquet_limits, "MAX_VALUES_PER_BYTE", 1)
    monkeypatch.setattr(parquet_limits, limit, value)
    with pytest.raises(RefusedUpload, match=reason):
        read_here(tmp_path, body)


def test_a_footer_that_is_too_large_to_look_at_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_footer, "MAX_FOOTER_BYTES", 100)
    with pytest.raises(RefusedUpload, match="bytes, of which no more than 100 are read"):
        read_here(tmp_path, parquet(ROW))


def test_a_parquet_value_that_fills_the_memory_is_refused(tmp_path: Path) -> None:
    body = parquet(ROW.replace("'UA'", "repeat('x', 500000000)"))
    with pytest.raises(RefusedUpload, match="cannot be read as Parquet: Out of Memory"):
        read(tmp_path, body, "a.parquet")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (footer(nested(3_000_000)), "Out of Memory"),
        (footer(nested(1000)), "nested more than 500 levels deep"),
        (footer([column("x")], promised=2**28), "Out of Memory"),
        (footer([column("x")], top=2**30), "Malformed Parquet schema"),
        (footer([group("x", children=-1)]), "negative number of children"),
        (footer([column("\0")]), "has no column moment"),
        (footer([column(f"c{n}") for n in range(100_000)], top=100_000), "has 100,000 columns, of which"),
        (footer([column("x")], rows=2**62), "promises 4,611,686,018,427,387,904 rows"),
    ],
    ids=["deepest", "deep", "long", "wide", "negative", "nul", "columns", "rows"],
)
def test_a_hostile_footer_is_refused(tmp_path: Path, body: bytes, reason: str) -> None:
    with pytest.raises(RefusedUpload, match=reason):
        read(tmp_path, body, "a.parquet")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that reads, to be written by a test."""
    (tmp_path / "programs").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "programs")
    monkeypatch.setattr(parquet_reading, "_READER", "another_reader")
    return tmp_path / "programs" / "another_reader.py"


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGKILL", "SIGXCPU"])
def test_a_file_that_crashes_its_reader_is_refused(tmp_path: Path, reader: Path, name: str) -> None:
    reader.write_text(f"import os, signal\nos.kill(os.getpid(), signal.{name})\n")
    with pytest.raises(
        RefusedUpload, match=f"cannot be read as Parquet: the reader was ended by {name}; write"
    ):
        read_apart(reading(tmp_path, b""))


def test_a_file_that_its_reader_does_not_get_through_is_refused(
    tmp_path: Path, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_process, "MAX_READING_S", 0.5)
    reader.write_text("while True: pass\n")
    with pytest.raises(RefusedUpload, match=r"the reader took longer than 0\.5 s"):
        read_apart(reading(tmp_path, b""))


def test_a_reader_that_cannot_start_is_no_fault_of_the_file(tmp_path: Path, reader: Path) -> None:
    reader.write_text("import a_package_that_is_not_there\n")
    with pytest.raises(Failed, match="a_package_that_is_not_there"):
        read_apart(reading(tmp_path, b""))


def test_a_disk_that_is_full_in_the_other_process_is_full_here(tmp_path: Path, reader: Path) -> None:
    reader.write_text('print(\'{"unavailable": "the working folder is full"}\')\n')
    with pytest.raises(ServiceUnavailable, match="the working folder is full"):
        read_apart(reading(tmp_path, b""))
