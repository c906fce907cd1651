from __future__ import annotations

import bz2
import csv
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from keepfit.definitions.drafting.draft import Wishes
from keepfit.definitions.drafting.from_file import draft
from tests.unit.definitions.drafting.tables import AT, chosen, days, drafted, noisy, write

ROWS = 300
Rows = list[dict[str, Any]]


def _array(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps(rows))


def _lines(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _tabs(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


def _packed_lines(path: Path, rows: Rows) -> None:
    _lines(path, rows)
    path.write_bytes(bz2.compress(path.read_bytes()))


def _archive(path: Path, rows: Rows) -> None:
    _tabs(path.with_name("inside.tsv"), rows)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(path.with_name("inside.tsv"), "a/inside.tsv")


def _workbook(path: Path, rows: Rows) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Trips of 2024"])
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([datetime.fromisoformat(row["day"]), *list(row.values())[1:]])
    book.save(path)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("t.json", _array),
        ("t.jsonl", _lines),
        ("t.tsv", _tabs),
        ("t.tab", _tabs),
        ("t.xlsx", _workbook),
        ("t.zip", _archive),
        ("t.jsonl.bz2", _packed_lines),
    ],
)
def test_whatever_a_table_is_written_in_the_same_is_drafted(
    tmp_path: Path, name: str, written: Callable[[Path, Rows], None]
) -> None:
    table = {"day": days(ROWS), **noisy(ROWS)}
    written(
        tmp_path / name, [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    )
    other = draft(tmp_path / name, "trips", Wishes(label="late"), at=AT, threads=1)
    usual = drafted(tmp_path, table, "late")
    assert (other.columns, other.choices) == (usual.columns, usual.choices)


def test_an_encoding_that_nothing_gives_away_is_declared(tmp_path: Path) -> None:
    text = write(tmp_path, {"größe": ["klein", "groß"] * 150, "late": noisy(ROWS)["late"]}).read_text("utf-8")
    for encoding, declared in (("utf-8", None), ("utf-16", None), ("cp1252", "windows-1252")):
        (tmp_path / "table.csv").write_text(text, encoding)
        other = draft(tmp_path / "table.csv", "trips", Wishes(label="late"), at=AT, threads=1)
        assert (chosen(other, "encoding"), other.columns[0].name) == (declared, "größe")
