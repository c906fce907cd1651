"""Good values pass the rules, and bad ones are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from keepfit.features.schema.definition import Field
from keepfit.features.schema.rules import check_column, check_instances, read_column
from keepfit.features.schema.types.base import NULL
from keepfit.features.schema.types.boolean import NOT_A_BOOL
from keepfit.features.schema.types.category import NOT_TEXT, TOO_LONG
from keepfit.features.schema.types.number import NOT_A_NUMBER, NOT_FINITE
from keepfit.features.schema.types.timestamp import NOT_AN_INSTANT, OUTSIDE_TIME
from keepfit.features.schema.types.whole_number import INT_TOO_LARGE, NOT_AN_INT

PERCENT = Field(type="float", min=0, max=100)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (PERCENT, None, NULL),
        (PERCENT, "five", NOT_A_NUMBER),
        (PERCENT, True, NOT_A_NUMBER),
        (PERCENT, [5], NOT_A_NUMBER),
        (PERCENT, float("nan"), NOT_FINITE),
        (PERCENT, float("inf"), NOT_FINITE),
        (PERCENT, 10**400, NOT_FINITE),
        (PERCENT, -0.1, "is not between 0 and 100"),
        (PERCENT, 101, "is not between 0 and 100"),
        (Field(type="float", max=3), 4, "is above the maximum 3"),
        (Field(type="float", min=3), 2, "is below the minimum 3"),
        (Field(type="float"), 1e39, NOT_FINITE),
        (Field(type="int"), 1.5, NOT_AN_INT),
        (Field(type="int"), float("nan"), NOT_AN_INT),
        (Field(type="int"), 2**63, INT_TOO_LARGE),
        (Field(type="int", min=0), -1, "is below the minimum 0"),
        (Field(type="bool"), 2, NOT_A_BOOL),
        (Field(type="bool"), "maybe", NOT_A_BOOL),
        (Field(type="category"), [5], NOT_TEXT),
        (Field(type="category"), "", NULL),
        (PERCENT, "", NULL),
        (Field(type="category"), "x" * 1001, TOO_LONG),
        (Field(type="timestamp"), 1356998400, NOT_AN_INSTANT),
        (Field(type="timestamp"), "yesterday", NOT_AN_INSTANT),
        (Field(type="timestamp"), "2013-02-30T00:00:00Z", NOT_AN_INSTANT),
        (Field(type="timestamp"), "1899-12-31T23:59:59Z", OUTSIDE_TIME),
        (Field(type="timestamp"), "0001-01-01T00:00:00+10:00", OUTSIDE_TIME),
        (Field(type="timestamp"), "2199-12-31T23:59:59-01:00", OUTSIDE_TIME),
    ],
)
def test_a_bad_value_is_named_with_its_row(field: Field, value: Any, message: str) -> None:
    good = {"float": 3, "int": 3, "bool": True, "category": "UA", "timestamp": "2013-01-01"}[field.type]
    assert check_column(field, [good, value]) == [(1, message)]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (PERCENT, [0, 100, 12.5, -0.0]),
        (Field(type="float", nullable=True), [None, 3.4028234663852886e38]),
        (Field(type="int"), [0, 5.0, 2**63 - 1, -5]),
        (Field(type="bool", nullable=True), [True, False, None]),
        (Field(type="category", nullable=True), ["", "é", None, 7, 7.5, True]),
        (
            Field(type="timestamp"),
            ["2013-01-01", "2013-01-01T05:00:00Z", "2013-01-01 05:00-05:00", "2013-01-01 05:00 UTC"],
        ),
        (Field(type="timestamp"), [datetime(2013, 1, 1, tzinfo=UTC)]),
    ],
)
def test_good_values_pass(field: Field, values: list[Any]) -> None:
    assert check_column(field, values) == []


def test_whole_instances_name_unknown_and_missing_fields() -> None:
    fields = {"carrier": Field(type="category"), "distance": Field(type="float", min=0)}
    instances = [
        {"carrier": "UA", "distance": 1},
        {"carrier": None, "speed": 3},
        7,
        {"carrier": "AA", "distance": -1},
    ]
    assert check_instances(fields, instances) == [
        (1, "carrier", NULL),
        (1, "distance", "is missing"),
        (1, "speed", "is not a field of this model"),
        (2, "", "is not an object of fields"),
        (3, "distance", "is below the minimum 0"),
    ]


def test_instants_are_read_as_utc() -> None:
    eastern = datetime(2013, 1, 1, tzinfo=timezone(timedelta(hours=-5)))
    read = read_column(
        Field(type="timestamp", nullable=True),
        ["2013-01-01T00:00:00-05:00", "2013-01-01T05:00:00", eastern, None],
    )
    assert read == [datetime(2013, 1, 1, 5, tzinfo=UTC)] * 3 + [None]
    assert all(at.tzinfo is UTC for at in read[:3])


def test_a_category_is_the_text_that_a_file_would_hold_of_it() -> None:
    read = read_column(Field(type="category", nullable=True), ["7.0", "7", 7, 7.0, "", None, True, "7.50"])
    assert read == ["7", "7", "7", "7", None, None, "true", "7.50"]
