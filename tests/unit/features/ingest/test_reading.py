"""Every row of an upload is either in the part or in the quarantine, with the line where it began."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features.ingest import text_batches as segments
from keepfit.features.ingest.reading import read_upload
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.formats import format_of
from keepfit.features.io.lines import MAX_LINE_LENGTH
from keepfit.features.schema.blanks import BLANKS
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import NULL
from keepfit.features.schema.types.boolean import NOT_A_BOOL
from keepfit.features.schema.types.category import TOO_LONG
from keepfit.features.schema.types.number import NOT_A_NUMBER, NOT_FINITE
from keepfit.features.schema.types.timestamp import NOT_AN_INSTANT, OUTSIDE_TIME
from keepfit.features.schema.types.whole_number import INT_TOO_LARGE, NOT_AN_INT
from tests.drawn import examples
from tests.unit.features.support.uploads import (
    FLIGHTS,
    GOOD,
    HEADER,
    NOW,
    SOURCE,
    kept,
    problems,
    quarantined,
    read,
    read_csv,
)


def test_good_rows_are_typed_and_carry_their_lineage(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, GOOD, "2013-01-02 00:30-05:00,AA,,,")
    assert (outcome.rows, outcome.bad_rows, outcome.quarantine, outcome.refused) == (2, 0, None, None)
    assert (outcome.first_event, outcome.last_event) == (
        "2013-01-01T05:00:00.000000Z",
        "2013-01-02T05:30:00.000000Z",
    )
    assert kept(outcome) == [
        ("2013-01-01 05:00:00+00", "UA", 1400.5, 180, True, 2),
        ("2013-01-02 05:30:00+00", "AA", None, None, None, 3),
    ]
    lineage = "_source_key, _source_version, _source_sha256, _ingested_at"
    assert kept(outcome, lineage)[0] == ("flights/o'hare.csv", "v1", "ab" * 32, "2013-02-01 00:00:00+00")


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (",UA,1,1,true", "moment", NULL),
        ("yesterday,UA,1,1,true", "moment", NOT_AN_INSTANT),
        ("2013-02-30,UA,1,1,true", "moment", NOT_AN_INSTANT),
        ("infinity,UA,1,1,true", "moment", NOT_AN_INSTANT),
        ("2013-01-01 05:00 America/New_York,UA,1,1,true", "moment", NOT_AN_INSTANT),
        ("1899-12-31,UA,1,1,true", "moment", OUTSIDE_TIME),
        ("2200-01-01,UA,1,1,true", "moment", OUTSIDE_TIME),
        ("2013-01-01,,1,1,true", "carrier", NULL),
        (f"2013-01-01,{'x' * 1001},1,1,true", "carrier", TOO_LONG),
        ("2013-01-01,UA,far,1,true", "distance", NOT_A_NUMBER),
        ("2013-01-01,UA,1_000,1,true", "distance", NOT_A_NUMBER),
        ("2013-01-01,UA,-inf,1,true", "distance", NOT_FINITE),
        ("2013-01-01,UA,1e39,1,true", "distance", NOT_FINITE),
        ("2013-01-01,UA,-0.1,1,true", "distance", "is below the minimum 0"),
        ("2013-01-01,UA,1,1.5,true", "seats", NOT_AN_INT),
        ("2013-01-01,UA,1,1.25e1,true", "seats", NOT_AN_INT),
        ("2013-01-01,UA,1,0x10,true", "seats", NOT_A_NUMBER),
        ("2013-01-01,UA,1,9223372036854775808,true", "seats", INT_TOO_LARGE),
        ("2013-01-01,UA,1,901,true", "seats", "is not between 1 and 900"),
        ("2013-01-01,UA,1,1,maybe", "late", NOT_A_BOOL),
        ("2013-01-01,UA,1,1", None, "has 4 values where the header names 5"),
        ("2013-01-01,UA,1,1,true,", None, "has 6 values where the header names 5"),
        ('2013-01-01,"UA"x,1,1,true', None, "a quoted value is not closed as CSV requires"),
        ("2013-01-01,U\0A,1,1,true", None, "the line holds a NUL character"),
        ("x" * (MAX_LINE_LENGTH + 1), None, "the line is longer than 128 KiB"),
    ],
)
def test_a_bad_row_is_quarantined_with_line_field_and_reason(
    tmp_path: Path, line: str, field: str | None, reason: str
) -> None:
    outcome = read_csv(tmp_path, GOOD, line, GOOD)
    assert problems(outcome) == [(3, field, reason)]
    assert [row[-1] for row in kept(outcome)] == [2, 4]


def test_numbers_truths_and_times_are_read_as_people_and_programs_write_them(tmp_path: Path) -> None:
    outcome = read_csv(
        tmp_path,
        "2013-01-01,UA, +1e3 , 180.0 ,YES",
        "2013-01-01 05:00,UA,.5,7,0.0",
        "2013-01-01T05:00:00.123456789+0530,UA,5.,-0,F",
    )
    assert problems(outcome) == [(4, "seats", "is not between 1 and 900")]
    assert [row[2:5] for row in kept(outcome)] == [(1000.0, 180, True), (0.5, 7, False)]


def test_a_row_with_several_problems_is_one_bad_row(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, "never,UA,-1,1,true", GOOD)
    assert outcome.bad_rows == 1
    assert problems(outcome) == [
        (2, "moment", NOT_AN_INSTANT),
        (2, "distance", "is below the minimum 0"),
    ]
    assert quarantined(outcome)[0]["value"] == "never"


def test_a_row_that_claims_to_be_known_later_than_its_upload_is_quarantined(tmp_path: Path) -> None:
    times = ["2013-02-01T23:00:00Z", "2013-02-02T01:00:00Z", "2199-01-01T00:00:00Z"]  # taken in on 2013-02-01
    outcome = read_csv(tmp_path, *(f"{time},UA,1,2,true" for time in times))
    assert (outcome.rows, outcome.bad_rows) == (3, 2)
    assert [(flaw["row"], flaw["field"], flaw["value"]) for flaw in quarantined(outcome)] == [
        (3, "moment", times[1]),
        (4, "moment", times[2]),
    ]
    assert "is later than the upload" in quarantined(outcome)[0]["reason"]


def test_what_is_known_of_a_later_event_may_be_uploaded(tmp_path: Path) -> None:
    fields = {"moment": Field(type="timestamp"), "told": Field(type="timestamp")}
    forecasts = DatasetDefinition(event_time="moment", known_at="told", fields=fields, max_bad_share=0.9)
    body = b"moment,told\n2013-03-01,2013-01-31\n2013-01-01,2013-03-01\n"
    outcome = read(tmp_path, body, dataset=forecasts)
    assert [(flaw["row"], flaw["field"]) for flaw in quarantined(outcome)] == [(3, "told")]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    body = (
        "\ufeffmoment,carrier,distance,seats,late\r\n"  # 1
        "\r\n"  # 2
        '2013-01-01,"a ""b""\r\nc",1,1,true\r\n'  # 3 and 4
        "2013-01-01,UA,far,1,true\r\n"  # 5
        '2013-01-01,"never closed,1,1,true\r\n'  # 6
        "2013-01-01,UA,1,1,true\r\n"  # 7
        '2013-01-01,"x",far,1,true'  # 8
    )
    outcome = read(tmp_path, body.encode())
    assert problems(outcome) == [
        (5, "distance", NOT_A_NUMBER),
        (6, None, "a quoted value is not closed as CSV requires"),
        (8, "distance", NOT_A_NUMBER),
    ]
    assert [(row[1], row[-1]) for row in kept(outcome)] == [('a "b"\nc', 3), ("UA", 7)]


def test_bytes_that_are_no_utf_8_spoil_only_their_line(tmp_path: Path) -> None:
    outcome = read(
        tmp_path, f"{HEADER}\n{GOOD}\n".encode() + b"2013-01-01,\xff,1,1,true\n" + f"{GOOD}\n".encode()
    )
    assert problems(outcome) == [(3, None, "the line is not UTF-8")]
    assert len(kept(outcome)) == 2


values = st.one_of(
    st.sampled_from(
        ["UA", "", "a,b", 'say "x"', "two\nlines", "cr\rhere", "é", " padded ", '"', "\r\n", "nul?"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12),
)
rows = st.lists(st.tuples(values, st.sampled_from(["1", "0.5", "far", "", "-1"])), min_size=1, max_size=40)


@examples(30)
@given(
    rows=rows,
    minimal=st.booleans(),
    crlf=st.booleans(),
    block=st.sampled_from([64, 300, 2**20]),
    segment=st.sampled_from([100, 2**20]),
)
def test_every_row_is_kept_or_quarantined_exactly_once_with_its_line(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    minimal: bool,
    crlf: bool,
    block: int,
    segment: int,
) -> None:
    folder = tmp_path_factory.mktemp("upload")
    text = io.StringIO()
    writer = csv.writer(
        text, quoting=csv.QUOTE_MINIMAL if minimal else csv.QUOTE_ALL, lineterminator="\r\n" if crlf else "\n"
    )
    writer.writerow(HEADER.split(","))
    good: list[tuple[int, str]] = []
    bad: list[int] = []
    for carrier, distance in rows:
        line = text.getvalue().count("\n") + 1
        writer.writerow(["2013-01-01T05:00:00Z", carrier, distance, "1", "true"])
        is_good = carrier.strip(BLANKS) != "" and distance in ("1", "0.5", "")
        if is_good:
            good.append((line, carrier.replace("\r\n", "\n").strip(BLANKS)))
        else:
            bad.append(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keepfit.features.io.lines._BLOCK", block)
        patch.setattr(segments, "_SEGMENT", segment)
        outcome = read(folder, text.getvalue().encode())
    assert outcome.rows == len(rows)
    assert sorted({row for row, *_ in problems(outcome)}) == bad
    if good:
        assert [(row[-1], row[1]) for row in kept(outcome)] == good
    else:
        assert outcome.part is None


@examples(30)
@given(body=st.one_of(st.binary(max_size=400), st.text(alphabet=',"\n\r0aé.-', max_size=300).map(str.encode)))
def test_any_bytes_are_counted_line_by_line_or_refused(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    folder = tmp_path_factory.mktemp("upload")
    try:
        outcome = read(folder, f"{HEADER}\n{GOOD}\n".encode() + body)
    except RefusedUpload:
        return
    bad = {problem["row"] for problem in quarantined(outcome)}
    assert len(bad) == outcome.bad_rows
    assert len(kept(outcome)) + len(bad) == outcome.rows
    assert bad <= set(range(2, body.count(b"\n") + 4))


def test_a_record_of_many_long_lines_is_one_bad_row(tmp_path: Path) -> None:
    lines = "".join(f',"{"x" * 100_000}\n"' for _ in range(190))
    header = ",".join([HEADER, *(f"note{number}" for number in range(190))])
    short = GOOD + "," * 190
    outcome = read(tmp_path, f"{header}\n{short}\n{GOOD}{lines}\n{short}\n".encode())
    assert problems(outcome) == [(3, None, "is longer than 1,024 KiB")]
    assert [row[-1] for row in kept(outcome)] == [2, 194]


def test_of_the_columns_that_nobody_asked_for_not_all_are_kept(tmp_path: Path) -> None:
    row = {
        **dict.fromkeys(FLIGHTS.fields),
        "moment": "2013-01-01",
        "carrier": "UA",
        **{f"{number:03}{'x' * 500}": 1 for number in range(120)},
    }
    ignored = read(tmp_path, json.dumps(row).encode(), "a.jsonl").ignored_columns
    assert ignored == [f"{number:03}{'x' * 97}" for number in range(100)]


def test_a_full_disk_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "segment.csv").symlink_to("/dev/full")
    path = tmp_path / "upload"
    path.write_text(f"{HEADER}\n{GOOD}\n")
    with pytest.raises(ServiceUnavailable, match="the working folder is full"):
        read_upload(path, format_of("a.csv"), dataset=FLIGHTS, source=SOURCE, folder=tmp_path, at=NOW)


@pytest.mark.parametrize(
    ("error", "becomes", "reason"),
    [
        (duckdb.IOException("IO Error: ... : No space left on device"), ServiceUnavailable, "folder is full"),
        (duckdb.OutOfMemoryException("Out of Memory Error: 9 GiB"), RefusedUpload, "smaller row groups"),
        (MemoryError(), RefusedUpload, "cannot be read as CSV: MemoryError"),
        (duckdb.Error("no\nmore"), RefusedUpload, "cannot be read as CSV: no$"),
        (OSError(errno.EIO, "broken"), OSError, "broken"),
    ],
    ids=["disk", "memory", "silent", "any", "hardware"],
)
def test_what_goes_wrong_is_the_file_s_fault_or_passes(
    tmp_path: Path, error: Exception, becomes: type[Exception], reason: str
) -> None:
    with pytest.raises(becomes, match=reason), refusing("CSV", tmp_path):
        raise error


def test_json_lines_are_read_with_null_and_absent_fields_missing(tmp_path: Path) -> None:
    lines = [
        {
            "moment": "2013-01-01T05:00:00Z",
            "carrier": "UA",
            "distance": 1400.5,
            "seats": 180,
            "late": True,
            "gate": 7,
        },
        {"late": False, "carrier": 'a "b"\nc', "moment": "2013-01-01T05:00:00Z", "distance": None},
        {"moment": "2013-01-01T05:00:00Z", "carrier": "AA", "distance": "12", "seats": ""},
    ]
    outcome = read(tmp_path, "\n".join([json.dumps(line) for line in lines]).encode(), "a.ndjson")
    assert outcome.bad_rows == 0
    assert outcome.ignored_columns == ["gate"]
    assert kept(outcome, "carrier, distance, seats, late") == [
        ("UA", 1400.5, 180, True),
        ('a "b"\nc', None, None, False),
        ("AA", 12.0, None, None),
    ]


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        ('{"moment": "2013-01-01", "carrier": "UA"', None, "the line is not JSON: Input data was truncated"),
        ("[1]", None, "the line is not a JSON object"),
        (
            '{"moment": "2013-01-01", "carrier": NaN}',
            None,
            "the line is not JSON: JSON is malformed: invalid character (byte 36)",
        ),
        ('{"moment": "2013-01-01"}', "carrier", NULL),
        (
            '{"moment": "2013-01-01", "carrier": {"code": "UA"}}',
            "carrier",
            "is an object or a list; say with path which of its values is meant",
        ),
        ('{"moment": "2013-01-01", "carrier": "U\\u0000A"}', "carrier", "holds a NUL character"),
        ('{"moment": 1356998400, "carrier": "UA"}', "moment", NOT_AN_INSTANT),
        ('{"moment": "2013-01-01", "carrier": "UA", "seats": 1.5}', "seats", NOT_AN_INT),
        ('{"moment": "2013-01-01", "carrier": "UA", "late": "maybe"}', "late", NOT_A_BOOL),
    ],
)
def test_a_bad_json_line_is_quarantined_with_its_line(
    tmp_path: Path, line: str, field: str | None, reason: str
) -> None:
    good = json.dumps({**dict.fromkeys(FLIGHTS.fields), "moment": "2013-01-01", "carrier": "UA"})
    outcome = read(tmp_path, f"{good}\n\n{line}\n{good}\n".encode(), "a.jsonl")
    assert problems(outcome) == [(3, field, reason)]
    assert len(kept(outcome)) == 2


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz", "a.NDJSON.GZ"])
def test_packed_files_are_unpacked(tmp_path: Path, name: str) -> None:
    body = (
        f"{HEADER}\n{GOOD}\n"
        if ".csv" in name
        else '{"moment": "2013-01-01", "carrier": "UA", "distance": 1, "seats": 1, "late": true}\n'
    )
    outcome = read(tmp_path, gzip.compress(body.encode()), name)
    assert (outcome.rows, outcome.bad_rows) == (1, 0)


def test_a_file_of_two_hundred_columns_is_read_in_the_memory_there_is(tmp_path: Path) -> None:
    names = [f"answer {number}" for number in range(200)]
    dataset = DatasetDefinition(fields={name: Field(type="int", nullable=True) for name in names})
    lines = [",".join(str(row * place % 97) for place in range(len(names))) for row in range(30)]
    outcome = read(tmp_path, "\n".join([",".join(names), *lines, ""]).encode(), dataset=dataset)
    assert (outcome.rows, outcome.bad_rows, outcome.refused) == (30, 0, None)
