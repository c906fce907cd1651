"""Excel workbooks are read as what their cells hold, and hostile ones are refused before they are opened."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading
from keepfit.features.ingest.xlsx_reading import read_workbook
from keepfit.features.io import xlsx_sheets
from keepfit.features.io.xlsx_records import XlsxRecords
from keepfit.features.schema.definition import DatasetDefinition, Field
from tests.unit.features.support.uploads import FLIGHTS, HEADER, NOW, SOURCE, kept, problems, read, refusal

MOMENT = datetime.fromisoformat("2013-01-01T05:00")
ROW = [MOMENT, "UA", 1400.5, 180, True]
KEPT = ("2013-01-01 05:00:00+00", "UA", 1400.5, 180, True)
COLUMNS = HEADER.split(",")


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def read_here(folder: Path, body: bytes, dataset: DatasetDefinition = FLIGHTS) -> Outcome:
    """In this process, which has the libraries already."""
    for old in folder.iterdir():
        old.unlink()
    (folder / "upload").write_bytes(body)
    return read_workbook(Reading(upload="upload", folder=str(folder), dataset=dataset, source=SOURCE, at=NOW))


def with_cell(body: bytes, before: str, after: str) -> bytes:
    """The workbook with another text in its first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert before.encode() in data
                data = data.replace(before.encode(), after.encode())
            new.writestr(name, data)
    return made.getvalue()


def test_a_workbook_becomes_data_in_a_process_of_its_own(tmp_path: Path) -> None:
    outcome = read(tmp_path, workbook(a=[COLUMNS, ROW]), "a.xlsx")
    assert kept(outcome) == [(*KEPT, 2)]
    assert refusal(tmp_path, b"no workbook", "a.xlsx").startswith("is no Excel workbook (.xlsx)")


def test_cells_are_read_as_what_they_hold(tmp_path: Path) -> None:
    rows = [
        ["Flights of January"],
        [],
        ["Late", "carrier", " Seats ", "distance", "moment", None, "gate"],
        [False, 'a "b"\nc', 180.0, 0.1, MOMENT, None, 7],
        [],
        [None, 7.0, None, None, datetime.fromisoformat("2013-01-02")],
        ["ja", True, 1.5, "#DIV/0!", "yesterday"],
        [True, "UA", 1, 1, MOMENT, "beside"],
    ]
    outcome = read_here(tmp_path, workbook(a=rows))
    assert kept(outcome) == [
        ("2013-01-01 05:00:00+00", 'a "b"\nc', 0.1, 180, False, 4),
        ("2013-01-02 00:00:00+00", "7", None, None, None, 6),
    ]
    assert [(row, field) for row, field, _ in problems(outcome)] == [
        (7, "moment"),
        (7, "distance"),
        (7, "seats"),
        (7, "late"),
        (8, None),
    ]
    assert outcome.ignored_columns == ["gate"]


def test_without_fields_the_header_is_the_first_row_of_most_texts() -> None:
    rows = enumerate([["Flights"], [1, "x", "y", "z"], ["late", None, "seats"], ["yes", None, "7"]], 1)
    assert XlsxRecords(rows, ()).columns == ("late", "", "seats")


def test_a_number_and_an_instant_are_what_they_are_however_a_field_writes_them(tmp_path: Path) -> None:
    fields = {
        **FLIGHTS.fields,
        "moment": Field(type="timestamp", format="%d/%m/%Y", timezone="America/New_York"),
        "distance": Field(type="float", decimal=",", thousands="."),
        "carrier": Field(type="category"),
    }
    dataset = msgspec.structs.replace(FLIGHTS, fields=fields)
    body = workbook(
        a=[COLUMNS, ROW, ["31/01/2013", datetime.fromisoformat("2013-01-02"), "1.400,5", 1, None]]
    )
    assert kept(read_here(tmp_path, body, dataset), "moment, carrier, distance") == [
        ("2013-01-01 10:00:00+00", "UA", 1400.5),
        ("2013-01-31 05:00:00+00", "2013-01-02", 1400.5),
    ]


def test_a_formula_is_the_value_that_it_had_last(tmp_path: Path) -> None:
    body = with_cell(workbook(a=[COLUMNS, ROW]), "<v>1400.5</v>", "<f>700*2</f><v>1400</v>")
    assert kept(read_here(tmp_path, body), "distance") == [(1400.0,)]


def test_the_sheet_that_is_named_is_read_and_else_the_first_that_is_seen(tmp_path: Path) -> None:
    body = workbook(notes=[["a"], [1]], Flights=[COLUMNS, ROW])
    named = msgspec.structs.replace(FLIGHTS, sheet="flights")
    assert kept(read_here(tmp_path, body, named)) == [(*KEPT, 2)]
    assert "has no column moment" in str(read_here(tmp_path, body).refused)
    with pytest.raises(RefusedUpload, match="has no sheet gates; its sheets are notes, Flights"):
        read_here(tmp_path, body, msgspec.structs.replace(FLIGHTS, sheet="gates"))
    with pytest.raises(RefusedUpload, match="holds no rows"):
        read_here(tmp_path, workbook(a=[]))


def test_a_sheet_may_say_anything_of_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = with_cell(workbook(a=[COLUMNS, ROW]), "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    assert kept(read_here(tmp_path, body)) == [(*KEPT, 2)]
    body = with_cell(workbook(a=[COLUMNS, ROW]), '<row r="2"', '<row r="9999999999"')
    monkeypatch.setattr(xlsx_sheets, "MAX_ROWS", 500)
    with pytest.raises(RefusedUpload, match="has more than 500 rows"):
        read_here(tmp_path, body)


@pytest.mark.parametrize(("before", "after"), [("</sheetData>", ""), ("<v>1400.5", "<v>x")])
def test_a_broken_workbook_is_refused(tmp_path: Path, before: str, after: str) -> None:
    with pytest.raises(
        RefusedUpload, match=r"cannot be read as an Excel workbook: .*; save it again, or save the"
    ):
        read_here(tmp_path, with_cell(workbook(a=[COLUMNS, ROW]), before, after))


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_sheets, "load_workbook", None)
    monkeypatch.setattr(xlsx_sheets, "MIN_ALLOWED_UNPACKED", 2 * 2**20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (3 * 2**20))
    with pytest.raises(RefusedUpload, match="holds 1 parts of 3 MiB unpacked, which is more"):
        read_here(tmp_path, packed.getvalue())
    monkeypatch.setattr(xlsx_sheets, "MAX_ENTRIES", 3)
    with pytest.raises(RefusedUpload, match="parts of"):
        read_here(tmp_path, workbook(a=[COLUMNS]))
