"""Files that are refused whole, and what they may cost until then."""

from __future__ import annotations

import bz2
import gzip
import io
from pathlib import Path

import msgspec
import pytest

from keepfit.errors import RefusedUpload
from keepfit.features.ingest import text_batches as segments
from keepfit.features.ingest.cell_validation import MAX_PROBLEMS_OF_REFUSED
from keepfit.features.io import formats
from keepfit.features.io.formats import format_of
from tests.unit.features.support.uploads import (
    FLIGHTS,
    GOOD,
    HEADER,
    quarantined,
    read,
    read_csv,
    refusal,
)


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        (b"", "a.csv", "is empty"),
        (b"\n\n", "a.csv", "is empty"),
        (HEADER.encode(), "a.csv", "holds no rows"),
        (b"\n\n", "a.jsonl", "holds no rows"),
        (
            b"moment,carrier\n1,2\n",
            "a.csv",
            "has no column distance, seats, late; its columns are moment, carrier",
        ),
        (b"moment,moment,carrier,distance,seats,late\n1", "a.csv", "names the column 'moment' twice"),
        (b'moment,"carrier\n', "a.csv", "the quotes of the header do not match"),
        (f"mom\0ent,{HEADER}".encode(), "a.csv", "the header holds a NUL character"),
        (gzip.compress(HEADER.encode(), mtime=0)[:4], "a.csv", "cannot be unpacked"),
        (
            gzip.compress(gzip.compress(HEADER.encode(), mtime=0), mtime=0),
            "a.csv.gz",
            "packed twice",
        ),
        (bz2.compress(HEADER.encode())[:-9], "a.csv.bz2", "cannot be unpacked"),
        (bz2.compress(bz2.compress(HEADER.encode())), "a.csv.bz2", "packed twice"),
        (b"PK\x03\x04\x14\0", "a.csv", "is a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "a.csv", "is an old Excel workbook"),
        (b"PAR1\x15\0", "a.jsonl", "is a Parquet file; name it .parquet"),
        (
            HEADER.replace("late", "Late,LATE").encode(),
            "a.csv",
            "'Late' and 'LATE', of which each could be late",
        ),
        (f"{HEADER},,\n{GOOD},,\n{GOOD},,x\n".encode(), "a.csv", "row 3 has a value in a column to which"),
        (
            b'{"moment": "2013-01-01", "carrier": "UA", "Lte": true}',
            "a.jsonl",
            "has no column distance, seats, late",
        ),
        (b'[{"moment": 1}', "a.json", "is no JSON array: , is missing after element 1"),
        (b"[{}] []", "a.json", "goes on after the end of its JSON array"),
        (b"[{}, oops]", "a.json", "element 2 is not JSON"),
        (b'[{"a": "\xff"}]', "a.json", "is not UTF-8"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-9], "a.csv.gz", "cannot be unpacked"),
    ],
)
def test_an_unreadable_file_is_refused_whole(tmp_path: Path, body: bytes, name: str, reason: str) -> None:
    assert reason in refusal(tmp_path, body, name)


@pytest.mark.parametrize(
    "name", ["flights/a.xls", "flights/csv", "a.xlsx.gz", "flights/a.parquet.gz", "flights/a.zip.gz", "a.gz"]
)
def test_a_name_that_promises_no_format_is_refused(name: str) -> None:
    with pytest.raises(RefusedUpload):
        format_of(name)


def test_a_file_with_too_many_bad_rows_is_refused_and_says_which_came_first(tmp_path: Path) -> None:

    strict = msgspec.structs.replace(FLIGHTS, max_bad_share=0.25)
    lines = [HEADER, GOOD, "2013-01-01,UA,far,1,true", GOOD, "2013-01-01,,1,1,true"]
    outcome = read(tmp_path, "\n".join(lines).encode(), dataset=strict)
    assert outcome.part is None
    assert (
        outcome.refused
        == "2 of 4 rows are bad, and 0.25 of them may be; row 3: distance is not a number ('far')"
    )
    assert len(quarantined(outcome)) == 2
    assert read(tmp_path, "\n".join([*lines[:-1], GOOD]).encode(), dataset=strict).refused is None


def test_a_file_without_a_good_row_is_refused_and_not_all_of_it_is_quarantined(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, *["never,UA,1,1,true"] * (MAX_PROBLEMS_OF_REFUSED + 5))
    assert outcome.part is None
    assert outcome.bad_rows == MAX_PROBLEMS_OF_REFUSED + 5
    assert len(quarantined(outcome)) == MAX_PROBLEMS_OF_REFUSED


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=6) as bomb:
        bomb.write(f"{HEADER}\n".encode())
        for _ in range(110):
            bomb.write(b"0" * 2**20)
    assert len(packed.getvalue()) < 2**20
    with pytest.raises(RefusedUpload, match="holds more than 100 MiB unpacked"):
        read(tmp_path, packed.getvalue(), "a.csv.gz")


def test_no_file_is_read_beyond_the_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_UNPACKED_BYTES", 2**20)
    body = f"{HEADER}\n".encode() + f"{GOOD}\n".encode() * 30_000
    for name, sent in (("a.csv", body), ("a.csv.gz", gzip.compress(body))):
        with pytest.raises(RefusedUpload, match="holds more than 1 MiB unpacked"):
            read(tmp_path, sent, name)


def test_limits_hold_what_a_function_has_room_and_time_for() -> None:
    assert formats.MAX_UPLOAD_BYTES < 6 * 2**30
    assert formats.MAX_UNPACKED_BYTES == 10 * 2**30
    assert formats.MAX_READING_S <= 900 * 3 / 4


def test_a_text_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_READING_S", 0)
    with pytest.raises(RefusedUpload, match="takes longer than 0 s to read; split it"):
        read_csv(tmp_path, GOOD)
