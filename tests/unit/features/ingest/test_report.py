"""A file that does not fit is told whole: its columns, its cells, and the keys that would take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.features.ingest.key_candidates import candidate
from keepfit.features.ingest.report import Report, Suggestion
from keepfit.features.schema.definition import DatasetDefinition, Field
from tests.unit.features.support.uploads import FLIGHTS, GOOD, HEADER, read


def report(folder: Path, *lines: str, dataset: DatasetDefinition = FLIGHTS) -> Report:
    return read(folder, "\n".join(lines).encode("latin-1"), dataset=dataset).report


def keys(found: Report) -> dict[str | None, tuple[dict[str, Any], int | None]]:
    return {one.field: (one.keys, one.cells) for one in found.suggestions}


def test_a_good_file_has_nothing_to_report(tmp_path: Path) -> None:
    assert report(tmp_path, f"{HEADER},gate", f"{GOOD},7") == Report(
        rows=1, bad_rows=0, columns=[], ignored_columns=["gate"], flaws=[], suggestions=[], refused=None
    )


def test_every_column_and_every_cell_that_does_not_fit_is_in_one_report(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        "moment,Carrier,carrier code,Distanz,seats,late",
        "31/01/2013,UA,x,1,?,ja",
        "02/02/2013,UA,x,1,?,nein",
        "28/02/2013,UA,x,1,7,nein",
        "01/02/2013,,x,1,7,ja",
        "01/02/2013,Z\xfcrich,x,1,7,ja",
    )
    assert (found.rows, found.bad_rows, found.ignored_columns) == (5, 5, ["Distanz", "carrier code"])
    assert found.columns == [
        "has no column distance; its columns are moment, Carrier, carrier code, Distanz, seats, late"
    ]
    assert found.refused
    assert found.refused.startswith(f"{found.columns[0]}; 5 of 5 rows are bad")
    assert [(flaw.field, flaw.rows, [(e.row, e.value) for e in flaw.examples]) for flaw in found.flaws] == [
        (None, 1, [(6, "01/02/2013,Z\\xfcrich,x,1,7,ja")]),
        ("moment", 5, [(2, "31/01/2013"), (3, "02/02/2013"), (4, "28/02/2013")]),
        ("late", 5, [(2, "ja"), (3, "nein"), (4, "nein")]),
        ("seats", 2, [(2, "?"), (3, "?")]),
        ("carrier", 1, [(5, None)]),
    ]
    assert keys(found) == {
        None: ({"encoding": "windows-1252"}, 1),
        "distance": ({"column": "Distanz"}, None),
        "moment": ({"format": "%d/%m/%Y"}, 5),
        "late": ({"true": "ja", "false": "nein"}, 5),
        "seats": ({"missing": ["?"]}, 2),
        "carrier": ({"nullable": True}, 1),
    }


def test_a_header_that_is_not_decoded_hides_nothing_of_the_rest(tmp_path: Path) -> None:
    found = report(tmp_path, "moment,carrier,distance,seats,late,Stra\xdfe", "2013-01-01,,1,1,true,x")
    assert found.refused == (
        'the header is not UTF-8; declare encoding = "windows-1252" for the dataset if it is Western European, '
        "or save it as UTF-8"
    )
    assert (found.rows, found.ignored_columns) == (1, ["Stra\xdfe"])
    assert keys(found) == {
        None: ({"encoding": "windows-1252"}, None),
        "carrier": ({"nullable": True}, 1),
    }


def test_what_is_always_there_is_not_suggested_to_be_nullable(tmp_path: Path) -> None:
    assert report(tmp_path, HEADER, GOOD, ",UA,1,1,true", "?,UA,1,1,true").suggestions == []


def test_a_row_from_the_future_is_told_and_no_key_would_take_it(tmp_path: Path) -> None:
    found = report(tmp_path, HEADER, GOOD, "2013-03-01,UA,1,1,true")
    assert (len(found.flaws), found.suggestions) == (1, [])


def test_words_that_a_field_declares_stay_in_what_is_suggested(tmp_path: Path) -> None:
    fields = {**FLIGHTS.fields, "seats": Field(type="int", missing="-")}
    dataset = msgspec.structs.replace(FLIGHTS, fields=fields, missing=["none at all"])
    found = report(
        tmp_path, HEADER, GOOD, *["2013-01-01,UA,1,?,true", "2013-01-01,UA,1,-,true"], dataset=dataset
    )
    assert found.suggestions == [
        Suggestion(field="seats", keys={"missing": ["-", "?"], "nullable": True}, cells=2)
    ]


@pytest.mark.parametrize(
    ("field", "texts", "good", "suggested", "otherwise"),
    [
        (Field(type="float"), ["1,5", "2,75 \u20ac"], False, {"decimal": ","}, []),
        (Field(type="float"), ["1.234,5", "2,75"], False, {"decimal": ",", "thousands": "."}, []),
        (Field(type="float"), ["1,234", "12,345"], False, {"decimal": ","}, [{"thousands": ","}]),
        (Field(type="int"), ["1,234", "1,234,567"], True, {"thousands": ","}, []),
        (Field(type="int"), ["1.5", "7.25"], True, {"type": "float"}, []),
        (Field(type="int"), ["red", "green", "blue", "a", "b", "c"], False, {"type": "category"}, []),
        (Field(type="int"), ["red", "green", "blue", "a", "b", "c"], True, None, []),
        (Field(type="float", min=0), ["-999"] * 3, True, {"missing": ["-999"], "nullable": True}, []),
        (Field(type="float", min=0), ["-1", "-2", "-3"], True, None, []),
        (Field(type="timestamp"), ["3/14/2025 5:07 PM"], False, {"format": "%m/%d/%Y %I:%M %p"}, []),
        (
            Field(type="timestamp"),
            ["03/04/2025", "05/06/2025"],
            False,
            {"format": "%d/%m/%Y"},
            [{"format": "%m/%d/%Y"}],
        ),
        (
            Field(type="timestamp"),
            ["14.03.2025", "15.03.2025", "14-Mar-25"],
            True,
            {"format": ["iso", "%d.%m.%Y", "%d-%b-%y"]},
            [],
        ),
        (Field(type="timestamp"), ["1357016400"], False, {"format": "epoch_s"}, []),
        (Field(type="category"), ["x" * 1001], True, {"type": "text"}, []),
        (Field(type="bool"), ["?"], True, {"missing": ["?"], "nullable": True}, []),
        (Field(type="bool"), ["maybe"], True, None, []),
    ],
)
def test_keys_are_suggested_that_take_most_of_what_does_not_fit(
    field: Field,
    texts: list[str],
    good: bool,
    suggested: dict[str, Any] | None,
    otherwise: list[dict[str, Any]],
) -> None:
    chosen = candidate(field, {text: texts.count(text) for text in texts}, good=good)
    assert (chosen and chosen.keys) == suggested
    assert (chosen.otherwise if chosen else []) == otherwise
