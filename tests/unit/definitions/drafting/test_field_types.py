from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from keepfit.definitions.drafting.cell_form import Fit
from keepfit.definitions.drafting.field_types import FieldFit

ROWS = 60
_DAYS = [
    datetime(2023, 1, 1, 9, 30, tzinfo=UTC) + timedelta(days=9 * row, seconds=row) for row in range(ROWS)
]
_EARLY = [datetime(2023, 1 + row % 12, 1 + row % 11, tzinfo=UTC) for row in range(ROWS)]


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    with duckdb.connect() as opened:
        yield opened


def _fit(connection: Any, texts: list[Any], name: str = "it", delimiter: str = ",") -> Fit:
    connection.execute("CREATE OR REPLACE TEMP TABLE texts (_row BIGINT, c0 VARCHAR)")
    connection.executemany("INSERT INTO texts VALUES (?, ?)", list(enumerate(texts)))
    return FieldFit(connection, "texts", "c0").fit(name, delimiter)


def _keys(fit: Fit) -> dict[str, Any]:
    keys = ("format", "decimal", "thousands", "missing")
    return {key: getattr(fit.field, key) for key in keys if getattr(fit.field, key)}


@pytest.mark.parametrize(
    ("texts", "kind", "keys"),
    [
        ([f"{row * 37}" for row in range(ROWS)], "int", {}),
        ([f"{row * 0.37}" for row in range(ROWS)], "float", {}),
        ([f"$ {row * 997:,}" for row in range(ROWS)], "int", {"thousands": ","}),
        ([f"{row * 997.5:,}" for row in range(ROWS)], "float", {"thousands": ","}),
        ([f"{row * 1.5}".replace(".", ",") for row in range(ROWS)], "float", {"decimal": ","}),
        ([f"{row},{row:02} %" for row in range(ROWS)], "float", {"decimal": ","}),
        (["true" if row % 2 else "false" for row in range(ROWS)], "bool", {}),
        ([f"{day:%d.%m.%Y}" for day in _DAYS], "timestamp", {"format": "%d.%m.%Y"}),
        ([f"{day:%m/%d/%y %I:%M %p}" for day in _DAYS], "timestamp", {"format": "%m/%d/%y %I:%M %p"}),
        ([f"{day:%d-%b-%y}" for day in _DAYS], "timestamp", {"format": "%d-%b-%y"}),
        ([f"{day:%B %d, %Y}" for day in _DAYS], "timestamp", {"format": "%B %d, %Y"}),
        (
            [f"{day:%a, %d %b %Y %H:%M:%S} +0100" for day in _DAYS],
            "timestamp",
            {"format": "%a, %d %b %Y %H:%M:%S %z"},
        ),
        ([f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in _DAYS], "timestamp", {}),
        (["?" if row % 5 == 0 else row for row in range(ROWS)], "int", {"missing": ["?"]}),
        (
            ["varies" if row % 5 == 0 else f"{row},5" for row in range(ROWS)],
            "float",
            {"decimal": ",", "missing": ["varies"]},
        ),
        ([["1", "2", "3+"][row % 3] for row in range(ROWS)], "category", {}),
        ([f"{row}A" for row in range(ROWS)], "category", {}),
    ],
)
def test_a_column_is_read_as_its_texts_are_written(
    connection: Any, texts: list[Any], kind: str, keys: dict[str, Any]
) -> None:
    fit = _fit(connection, texts)
    assert (fit.field.type, _keys(fit), fit.doubt) == (kind, keys, "")
    assert fit.field.nullable == ("missing" in keys)


def test_whole_numbers_are_times_only_where_the_name_says_so(connection: Any) -> None:
    days, seconds = [f"{day:%Y%m%d}" for day in _DAYS], [int(day.timestamp()) for day in _DAYS]
    for name, texts, form in (("saledate", days, "%Y%m%d"), ("created_at", seconds, "epoch_s")):
        assert _keys(_fit(connection, texts, name)) == {"format": form}
        assert _fit(connection, texts, "amount").field.type == "int"


def test_what_can_be_read_in_two_ways_is_told(connection: Any) -> None:
    fit = _fit(connection, [f"{day:%d/%m/%Y}" for day in _EARLY])
    assert (_keys(fit), "'%m/%d/%Y' too" in fit.doubt) == ({"format": "%d/%m/%Y"}, True)
    fit = _fit(connection, [f"1,{row + 100}" for row in range(ROWS)])
    assert (_keys(fit), "decimal = ',' too" in fit.doubt) == ({"thousands": ","}, True)
    fit = _fit(connection, [f"1,{row + 100}" for row in range(ROWS)], delimiter=";")
    assert (_keys(fit), "thousands = ',' too" in fit.doubt) == ({"decimal": ","}, True)


def test_of_two_ways_to_read_times_the_one_that_goes_along_the_file_is_taken(connection: Any) -> None:
    fit = _fit(connection, sorted(f"{day:%m/%d/%Y}" for day in _EARLY))
    assert (_keys(fit), "'%d/%m/%Y' too" in fit.doubt) == ({"format": "%m/%d/%Y"}, True)


def test_words_for_no_value_are_told_with_their_rows(connection: Any) -> None:
    fit = _fit(connection, ["?" if row % 5 == 0 else row for row in range(ROWS)])
    assert fit.note == "no value: '?' in 12 rows"
