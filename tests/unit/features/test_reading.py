"""Every row of an upload is either in the part or in the quarantine, with the line where it began."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import json
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features import formats, reading, schema
from keepfit.features.checking import MOST_PROBLEMS_OF_REFUSED
from keepfit.features.definition import DatasetDefinition, Field
from keepfit.features.formats import format_of
from keepfit.features.lines import LONGEST_LINE
from keepfit.features.reading import read_upload
from keepfit.features.refusing import refusing
from tests.unit.features.uploads import (
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
        (",UA,1,1,true", "moment", schema.NULL),
        ("yesterday,UA,1,1,true", "moment", schema.NOT_AN_INSTANT),
        ("2013-02-30,UA,1,1,true", "moment", schema.NOT_AN_INSTANT),
        ("infinity,UA,1,1,true", "moment", schema.NOT_AN_INSTANT),
        ("2013-01-01 05:00 America/New_York,UA,1,1,true", "moment", schema.NOT_AN_INSTANT),
        ("1899-12-31,UA,1,1,true", "moment", schema.OUTSIDE_TIME),
        ("2200-01-01,UA,1,1,true", "moment", schema.OUTSIDE_TIME),
        ("2013-01-01,,1,1,true", "carrier", schema.NULL),
        (f"2013-01-01,{'x' * 1001},1,1,true", "carrier", schema.TOO_LONG),
        ("2013-01-01,UA,far,1,true", "distance", schema.NOT_A_NUMBER),
        ("2013-01-01,UA,1_000,1,true", "distance", schema.NOT_A_NUMBER),
        ("2013-01-01,UA,nan,1,true", "distance", schema.NOT_FINITE),
        ("2013-01-01,UA,-inf,1,true", "distance", schema.NOT_FINITE),
        ("2013-01-01,UA,1e39,1,true", "distance", schema.NOT_FINITE),
        ("2013-01-01,UA,-0.1,1,true", "distance", "is below the minimum 0"),
        ("2013-01-01,UA,1,1.5,true", "seats", schema.NOT_AN_INT),
        ("2013-01-01,UA,1,1e2,true", "seats", schema.NOT_AN_INT),
        ("2013-01-01,UA,1,0x10,true", "seats", schema.NOT_A_NUMBER),
        ("2013-01-01,UA,1,9223372036854775808,true", "seats", schema.INT_TOO_LARGE),
        ("2013-01-01,UA,1,901,true", "seats", "is not between 1 and 900"),
        ("2013-01-01,UA,1,1,maybe", "late", schema.NOT_A_BOOL),
        ("2013-01-01,UA,1,1", None, "has 4 values where the header names 5"),
        ("2013-01-01,UA,1,1,true,", None, "has 6 values where the header names 5"),
        ('2013-01-01,"UA"x,1,1,true', None, "a quoted value is not closed as CSV wants it"),
        ("2013-01-01,U\0A,1,1,true", None, "the line holds a NUL character"),
        ("x" * (LONGEST_LINE + 1), None, "the line is longer than 128 KiB"),
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
        (2, "moment", schema.NOT_AN_INSTANT),
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


def test_columns_that_are_not_parted_by_commas_are_called_so(tmp_path: Path) -> None:
    body = f"{HEADER}\n{GOOD}\n".replace(",", ";").encode()
    with pytest.raises(RefusedUpload, match="a CSV file's columns are parted by commas"):
        read(tmp_path, body)


def test_text_in_another_encoding_is_refused_with_the_one_to_use(tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match="saved as UTF-8"):
        read(tmp_path, f"{HEADER}\n{GOOD}\n".encode("utf-16"))


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
        (5, "distance", schema.NOT_A_NUMBER),
        (6, None, "a quoted value is not closed as CSV wants it"),
        (8, "distance", schema.NOT_A_NUMBER),
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


@settings(max_examples=40, deadline=None)
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
        is_good = carrier != "" and distance in ("1", "0.5", "")
        if is_good:
            good.append((line, carrier.replace("\r\n", "\n")))
        else:
            bad.append(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keepfit.features.lines._BLOCK", block)
        patch.setattr(reading, "_SEGMENT", segment)
        outcome = read(folder, text.getvalue().encode())
    assert outcome.rows == len(rows)
    assert sorted({row for row, *_ in problems(outcome)}) == bad
    if good:
        assert [(row[-1], row[1]) for row in kept(outcome)] == good
    else:
        assert outcome.part is None


@settings(max_examples=40, deadline=None)
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
    row = {"moment": "2013-01-01", "carrier": "UA", **{f"{number:03}{'x' * 500}": 1 for number in range(120)}}
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
        {"moment": "2013-01-01T05:00:00Z", "carrier": "", "distance": "12"},
    ]
    outcome = read(tmp_path, "\n".join([json.dumps(line) for line in lines]).encode(), "a.ndjson")
    assert outcome.bad_rows == 0
    assert outcome.ignored_columns == ["gate"]
    assert kept(outcome, "carrier, distance, seats, late") == [
        ("UA", 1400.5, 180, True),
        ('a "b"\nc', None, None, False),
        ("", 12.0, None, None),
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
        ('{"moment": "2013-01-01"}', "carrier", schema.NULL),
        ('{"moment": "2013-01-01", "carrier": {"code": "UA"}}', "carrier", "is an object or a list"),
        ('{"moment": "2013-01-01", "carrier": "U\\u0000A"}', "carrier", "holds a NUL character"),
        ('{"moment": 1356998400, "carrier": "UA"}', "moment", schema.NOT_AN_INSTANT),
        ('{"moment": "2013-01-01", "carrier": "UA", "seats": 1.5}', "seats", schema.NOT_AN_INT),
        ('{"moment": "2013-01-01", "carrier": "UA", "late": "maybe"}', "late", schema.NOT_A_BOOL),
    ],
)
def test_a_bad_json_line_is_quarantined_with_its_line(
    tmp_path: Path, line: str, field: str | None, reason: str
) -> None:
    good = '{"moment": "2013-01-01", "carrier": "UA"}'
    outcome = read(tmp_path, f"{good}\n\n{line}\n{good}\n".encode(), "a.jsonl")
    assert problems(outcome) == [(3, field, reason)]
    assert len(kept(outcome)) == 2


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz", "a.NDJSON.GZ"])
def test_packed_files_are_unpacked(tmp_path: Path, name: str) -> None:
    body = f"{HEADER}\n{GOOD}\n" if ".csv" in name else '{"moment": "2013-01-01", "carrier": "UA"}\n'
    outcome = read(tmp_path, gzip.compress(body.encode()), name)
    assert (outcome.rows, outcome.bad_rows) == (1, 0)


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
        (HEADER.replace(",", ";").encode() + b"\n1;2;3;4;5", "a.csv", "has no column moment, carrier"),
        (b"moment,moment,carrier,distance,seats,late\n1", "a.csv", "names 'moment' twice"),
        (b'moment,"carrier\n', "a.csv", "the quotes of the header do not match"),
        (HEADER.encode("utf-16"), "a.csv", "the header holds a NUL character"),
        (b"no gzip at all", "a.csv.gz", "cannot be unpacked"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-9], "a.csv.gz", "cannot be unpacked"),
    ],
)
def test_an_unreadable_file_is_refused_whole(tmp_path: Path, body: bytes, name: str, reason: str) -> None:
    with pytest.raises(RefusedUpload) as refused:
        read(tmp_path, body, name)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "name", ["flights/a.xlsx", "flights/csv", "flights/a.parquet.gz", "flights/a.csv.zip", "a.gz"]
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
    outcome = read_csv(tmp_path, *["never,UA,1,1,true"] * (MOST_PROBLEMS_OF_REFUSED + 5))
    assert outcome.part is None
    assert outcome.bad_rows == MOST_PROBLEMS_OF_REFUSED + 5
    assert len(quarantined(outcome)) == MOST_PROBLEMS_OF_REFUSED


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
    monkeypatch.setattr(formats, "LARGEST_UNPACKED", 2**20)
    body = f"{HEADER}\n".encode() + f"{GOOD}\n".encode() * 30_000
    for name, sent in (("a.csv", body), ("a.csv.gz", gzip.compress(body))):
        with pytest.raises(RefusedUpload, match="holds more than 1 MiB unpacked"):
            read(tmp_path, sent, name)


def test_limits_hold_what_a_function_has_room_and_time_for() -> None:
    assert formats.LARGEST_UPLOAD < 6 * 2**30
    assert formats.LARGEST_UNPACKED == 10 * 2**30
    assert formats.LONGEST_READING_S <= 900 * 3 / 4


def test_a_text_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_READING_S", 0)
    with pytest.raises(RefusedUpload, match="takes longer than 0 s to read; split it"):
        read_csv(tmp_path, GOOD)
