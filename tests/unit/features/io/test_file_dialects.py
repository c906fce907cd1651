"""Files as other programs write them are read as the same rows, or refused with the reason."""

from __future__ import annotations

import bz2
import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.io import encodings, json_arrays, lines
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import NULL
from keepfit.features.schema.types.number import NOT_A_NUMBER
from tests.drawn import examples
from tests.unit.features.support.uploads import (
    FLIGHTS,
    GOOD,
    HEADER,
    ROW,
    kept,
    parquet,
    problems,
    read,
    refusal,
)

RECORD = dict(zip(HEADER.split(","), ["2013-01-01T05:00:00Z", "UA", 1400.5, 180, True], strict=True))
KEPT = ("2013-01-01 05:00:00+00", "UA", 1400.5, 180, True)


def all_good(outcome: Outcome, rows: int = 1) -> bool:
    return outcome.bad_rows == 0 and [row[:-1] for row in kept(outcome)] == [KEPT] * rows


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_file_is_parted_by_what_its_header_is_parted_by(tmp_path: Path, delimiter: str, quote: str) -> None:
    lines = [
        delimiter.join(f"{quote}{value}{quote}" for value in line.split(",")) for line in (HEADER, GOOD, GOOD)
    ]
    assert all_good(read(tmp_path, "\n".join(lines).encode()), 2)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_file_that_lacks_one_column_is_told_of_that_one(tmp_path: Path, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in (HEADER.replace("seats", "chairs"), GOOD)]
    assert refusal(tmp_path, "\n".join(lines).encode()).startswith(
        "has no column seats; its columns are moment, carrier, "
    )


def test_the_line_in_which_excel_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    body = f"sep=;\r\n{HEADER}\r\n{GOOD}\r\n".replace(",", ";").encode("utf-8-sig")
    assert [row[-1] for row in kept(read(tmp_path, body))] == [3]


def test_a_decimal_comma_is_not_guessed(tmp_path: Path) -> None:
    lines = [HEADER, GOOD, GOOD.replace("1400.5", "1400#5")]
    body = "\n".join(lines).replace(",", ";").replace("#", ",").encode()
    assert problems(read(tmp_path, body)) == [(3, "distance", NOT_A_NUMBER)]


@pytest.mark.parametrize("block", [64, 2**20])
def test_lines_may_end_with_a_lone_carriage_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(lines, "_BLOCK", block)
    outcome = read(tmp_path, "\r".join([HEADER, *[GOOD] * 30, ""]).encode())
    assert all_good(outcome, 30)
    assert [row[-1] for row in kept(outcome)] == list(range(2, 32))


@pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, "gz"), (bz2.compress, "bz2")])
def test_packed_files_are_known_by_their_bytes_and_not_by_the_name(
    tmp_path: Path, pack: Callable[[bytes], bytes], ending: str
) -> None:
    body = f"{HEADER}\n{GOOD}\n".encode()
    assert all_good(read(tmp_path, pack(body), f"a.csv.{ending}"))
    assert all_good(read(tmp_path, pack(body), "a.csv"))
    assert all_good(read(tmp_path, body, f"a.csv.{ending}"))


def test_a_tab_file_is_a_table_parted_by_tabs(tmp_path: Path) -> None:
    assert all_good(read(tmp_path, f"{HEADER}\n{GOOD}\n".replace(",", "\t").encode(), "a.tab"))


def test_lines_of_types_and_flags_that_orange_writes_are_no_rows(tmp_path: Path) -> None:
    lines = [HEADER, "time,d,c,c,0 1", ",,,,class", GOOD]
    assert all_good(read(tmp_path, "\n".join(lines).replace(",", "\t").encode(), "a.tab"))


def test_two_lines_that_are_not_quite_such_are_rows(tmp_path: Path) -> None:
    lines = [HEADER, "time,d,c,c,0", ",,,,class", GOOD, GOOD]
    tolerant = msgspec.structs.replace(FLIGHTS, max_bad_share=0.5)
    outcome = read(tmp_path, "\n".join(lines).replace(",", "\t").encode(), "a.tab", tolerant)
    assert (len(kept(outcome)), len({row for row, *_ in problems(outcome)})) == (2, 2)


def test_a_column_may_be_named_like_the_first_bytes_of_bzip2(tmp_path: Path) -> None:
    assert all_good(read(tmp_path, f"BZh9,{HEADER}\n1,{GOOD}\n".encode()))


def test_columns_go_by_their_names_whatever_their_capitals_and_blanks(tmp_path: Path) -> None:
    assert all_good(read(tmp_path, f"\ufeff Moment ,CARRIER,distance,Seats,late\n{GOOD}\n".encode()))
    assert all_good(read(tmp_path, f"{HEADER},Late,gate,gate\n{GOOD},x,1,2\n".encode()))
    spelt = {**{key: value for key, value in RECORD.items() if key != "late"}, "Late": True}
    assert all_good(
        read(tmp_path, json.dumps(spelt).encode() + b"\n" + json.dumps(RECORD).encode(), "a.jsonl"), 2
    )
    renamed = parquet(f'SELECT moment, carrier, distance, seats, late AS "Late" FROM ({ROW})')
    assert [row[4] for row in kept(read(tmp_path, renamed, "a.parquet"))] == [True]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_blanks_hyphens_and_underscores_in_a_name_are_one(tmp_path: Path, name: str) -> None:
    fields = {
        "take_off": Field(type="int"),
        "take-off": Field(type="int"),
        "x": Field(type="int", column="Way"),
    }
    moment = {"moment": Field(type="timestamp", nullable=True)}
    dataset = DatasetDefinition(fields={**fields, **moment}, max_bad_share=0.9)

    def rows(*columns: str) -> bytes:
        row = dict(zip(["moment", *columns], ["", 1, 2, 3], strict=True))
        lines = [",".join(row), ",".join(map(str, row.values()))] if name == "a.csv" else [json.dumps(row)]
        return "\n".join([*lines, lines[-1]]).encode()

    outcome = read(tmp_path, rows("take-off", " Take  Off", "WAY"), name, dataset)
    assert kept(outcome, '"take_off", "take-off", x') == [(2, 1, 3)] * 2
    told = refusal(tmp_path, rows("TAKE-OFF", "way", "Gate"), name, dataset)
    assert "'TAKE-OFF', which could be take_off or take-off" in told or "has no column take_off" in told


def test_a_json_object_that_names_a_field_twice_is_a_bad_row(tmp_path: Path) -> None:
    twice = {**{key: value for key, value in RECORD.items() if key != "late"}, "Late": True, "LATE": False}
    outcome = read(tmp_path, f"{json.dumps(RECORD)}\n{json.dumps(twice)}\n".encode(), "a.jsonl")
    assert problems(outcome) == [(2, "late", "is named twice, in 'Late' and 'LATE'")]


def test_empty_columns_that_a_spreadsheet_adds_are_left_out(tmp_path: Path) -> None:
    outcome = read(tmp_path, f"{HEADER},,\n{GOOD},,\n".encode())
    assert all_good(outcome)
    assert outcome.ignored_columns == []


@pytest.mark.parametrize("piece", [16, 2**20])
def test_a_json_array_is_read_element_by_element(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(json_arrays, "_PIECE", piece)
    rows = [{**RECORD, "carrier": f'"[é{number}'} for number in range(40)]
    outcome = read(tmp_path, b"\xef\xbb\xbf \n" + json.dumps([*rows, 7], indent=2).encode(), "a.json")
    assert [(row[1], row[-1]) for row in kept(outcome)] == [(f'"[é{n}', n + 1) for n in range(40)]
    assert problems(outcome) == [(41, None, "the line is not a JSON object")]


def test_an_array_s_element_that_is_too_long_is_a_bad_row(tmp_path: Path) -> None:
    body = json.dumps([RECORD, {**RECORD, "carrier": "x" * 2**17}]).encode()
    assert problems(read(tmp_path, body, "a.json")) == [(2, None, "the line is longer than 128 KiB")]


def test_no_number_is_a_missing_one(tmp_path: Path) -> None:
    outcome = read(tmp_path, f"{HEADER}\n2013-01-01,UA,NaN,nan,NaN\n".encode())
    assert kept(outcome, "distance, seats, late") == [(None, None, None)]
    fields = {**FLIGHTS.fields, "distance": Field(type="float")}
    strict = DatasetDefinition(event_time="moment", fields=fields, max_bad_share=0.9)
    csv = read(tmp_path, f"{HEADER}\n{GOOD}\n{GOOD.replace('1400.5', 'NaN')}\n".encode(), dataset=strict)
    assert problems(csv) == [(3, "distance", NULL)]
    rows = ROW.replace("1 AS distance", "unnest([1.0::DOUBLE, 'nan'::DOUBLE]) AS distance")
    assert problems(read(tmp_path, parquet(rows), "a.parquet", strict)) == [(2, "distance", NULL)]


def test_an_offset_may_be_called_utc(tmp_path: Path) -> None:
    body = f"{HEADER}\n{GOOD.replace('T05:00:00Z', ' 05:00:00 UTC')}\n"
    assert all_good(read(tmp_path, body.encode()))


def test_one_category_is_one_text_in_every_format(tmp_path: Path) -> None:
    texts = []
    for body, name in (
        (f"{HEADER}\n2013-01-01,7.0,,,\n2013-01-01,7,,,\n2013-01-01,7.00,,,\n".encode(), "a.csv"),
        (
            "\n".join(json.dumps({**RECORD, "carrier": value}) for value in (7, 7.0, "7.0")).encode(),
            "a.jsonl",
        ),
        (parquet(ROW.replace("'UA'", "unnest([7.0::DOUBLE, 7, 7])")), "a.parquet"),
        (parquet(ROW.replace("'UA'", "unnest([7::DECIMAL(9, 2), 7, 7])")), "a.parquet"),
    ):
        texts += [carrier for (carrier,) in kept(read(tmp_path, body, name), "carrier")]
    assert texts == ["7"] * 12


def test_empty_text_is_missing_in_every_format(tmp_path: Path) -> None:
    for body, name in (
        (f'{HEADER}\n{GOOD}\n2013-01-01,"",1,1,true\n'.encode(), "a.csv"),
        ("\n".join(json.dumps({**RECORD, "carrier": value}) for value in ("UA", "")).encode(), "a.jsonl"),
        (parquet(ROW.replace("'UA'", "unnest(['UA', ''])")), "a.parquet"),
    ):
        assert [flaw[1:] for flaw in problems(read(tmp_path, body, name))] == [("carrier", NULL)]


def test_text_without_its_annotation_is_decoded_or_its_row_is_bad(tmp_path: Path) -> None:
    rows = ROW.replace("'UA'", "unnest([encode('Zürich'), '\\xFF'::BLOB, NULL, ''::BLOB])")
    outcome = read(tmp_path, parquet(rows), "a.parquet")
    assert kept(outcome, "carrier") == [("Zürich",)]
    assert problems(outcome) == [
        (2, "carrier", "is not UTF-8"),
        (3, "carrier", NULL),
        (4, "carrier", NULL),
    ]


ADDED = [
    "file_row_number",
    "filename",
    "file_index",
    "_row",
    "_reason",
    "v0",
    "t0",
    "c0",
    "_source_row",
    "_ingested_at",
]


def test_a_column_may_have_the_name_of_one_that_a_reader_adds(tmp_path: Path) -> None:
    others = ", ".join(f"'x' AS {name}" for name in ADDED)
    outcome = read(tmp_path, parquet(f"SELECT *, {others} FROM ({ROW})"), "a.parquet")
    assert (outcome.bad_rows, outcome.ignored_columns) == (0, sorted(ADDED))
    fields = {**FLIGHTS.fields, "file_row_number": Field(type="int"), "filename": Field(type="category")}
    named = DatasetDefinition(event_time="moment", fields=fields)
    for body, name in (
        (parquet(f"SELECT *, 5 AS file_row_number, 'x' AS filename FROM ({ROW})"), "a.parquet"),
        (f"{HEADER},filename,file_row_number\n{GOOD},x,5\n".encode(), "a.csv"),
    ):
        outcome = read(tmp_path, body, name, named)
        assert kept(outcome, "file_row_number, filename") == [(5, "x")]


@examples(8)
@given(
    values=st.lists(st.floats(-9, 9).map(lambda value: round(value, 2)), min_size=2, max_size=6),
    said=st.tuples(*[st.sampled_from([0.0, 1.0, 5.0, float("nan"), float("inf")])] * 2),
)
def test_what_a_parquet_file_says_of_its_values_decides_nothing(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], said: tuple[float, float]
) -> None:
    folder = tmp_path_factory.mktemp("upload")
    texts = f"[{', '.join(f'{value!r}::DOUBLE' for value in [1e300, *values, -1e300])}]"
    body = parquet(ROW.replace("1 AS distance", f"unnest({texts}) AS distance"))
    honest = read(folder, body, "a.parquet")
    expected = (problems(honest), kept(honest, "distance") if honest.part else None)
    start = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    footer = body[start:]
    for true, told in zip((-1e300, 1e300), said, strict=True):
        assert struct.pack("<d", true) in footer
        footer = footer.replace(struct.pack("<d", true), struct.pack("<d", told))
    lied = read(folder, body[:start] + footer, "a.parquet")
    assert (problems(lied), kept(lied, "distance") if lied.part else None) == expected
    lines = "".join(f"2013-01-01,UA,{value!r},1,true\n" for value in [1e300, *values, -1e300])
    csv = read(folder, f"{HEADER}\n{lines}".encode())
    assert [(row - 1, *flaw) for row, *flaw in problems(csv)] == expected[0]


def test_values_that_all_are_said_to_be_equal_are_checked_all_the_same(tmp_path: Path) -> None:
    body = parquet(ROW.replace("1 AS distance", "unnest([-1.25::DOUBLE, 1.0]) AS distance"))
    start = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    told = body[start:].replace(struct.pack("<d", -1.25), struct.pack("<d", 1.0))
    outcome = read(tmp_path, body[:start] + told, "a.parquet")
    assert problems(outcome) == [(1, "distance", "is below the minimum 0")]


TEXT = f"{HEADER}\n{GOOD.replace('UA', 'Zürich €')}\n"


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (TEXT.encode("utf-8-sig"), None),
        (TEXT.encode("utf-16"), None),
        (TEXT.encode("utf-16-be"), None),
        (gzip.compress(TEXT.encode("utf-16")), "windows-1252"),
        (TEXT.encode(), "windows-1252"),
        (TEXT.encode("windows-1252"), "windows-1252"),
        (TEXT.encode("utf-16").replace(b"\n\0", b"\r\0\n\0"), "latin-1"),
    ],
)
def test_text_is_decoded_as_it_is_marked_or_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, declared: str | None
) -> None:
    monkeypatch.setattr(encodings, "_PIECE", 3)
    dataset = msgspec.structs.replace(FLIGHTS, encoding=declared or msgspec.UNSET)
    assert [row[1:] for row in kept(read(tmp_path, body, dataset=dataset))] == [
        ("Zürich €", 1400.5, 180, True, 2)
    ]


def test_every_byte_is_a_letter_where_an_encoding_of_one_byte_is_declared(tmp_path: Path) -> None:
    body = f"{HEADER}\n".encode() + b"2013-01-01,\x80\x81\xe9,,,\n"
    for declared, letters in (("windows-1252", "€\x81é"), ("latin-1", "\x80\x81é")):
        dataset = msgspec.structs.replace(FLIGHTS, encoding=declared)
        assert kept(read(tmp_path, body, dataset=dataset), "carrier") == [(letters,)]


def test_text_in_an_encoding_that_is_not_known_says_what_to_declare(tmp_path: Path) -> None:
    for body, name in (
        (TEXT.replace("seats", "Plätze").encode("latin-1", "replace"), "a.csv"),
        (b'[{"carrier": "Z\xfcrich"}]', "a.json"),
    ):
        assert 'is not UTF-8; declare encoding = "windows-1252"' in refusal(tmp_path, body, name)
    with pytest.raises(RefusedUpload, match="is encoded in UTF-32; save it as UTF-8"):
        read(tmp_path, TEXT.encode("utf-32"))
    broken = TEXT.encode("utf-16") + f"{GOOD}\n".encode("utf-16-le") + b"\x00\xd8\x00"
    assert problems(read(tmp_path, broken)) == [(4, None, "the line is not UTF-8")]
