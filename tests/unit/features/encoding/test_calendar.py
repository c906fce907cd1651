"""Instants on the clocks and calendars of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

import pytest

from keepfit.features.encoding.calendar import PARTS, compile_calendar, parts_that_return


def test_an_instant_is_read_on_the_clocks_of_the_zone() -> None:
    at = datetime(2026, 7, 1, 22, 45, tzinfo=UTC)
    assert compile_calendar("UTC")(at) == (22.75, 3, 1, 7, 2026)
    assert compile_calendar("Europe/Berlin")(at) == (0.75, 4, 2, 7, 2026)


def test_a_missing_instant_has_no_parts() -> None:
    assert all(map(isnan, compile_calendar("UTC")(None)))


def test_some_parts_are_read_in_the_order_in_which_they_are_wanted() -> None:
    read = compile_calendar("UTC", ["hour", "year"])
    assert read(datetime(2026, 7, 1, 22, 45, tzinfo=UTC)) == (22.75, 2026)
    assert len(read(None)) == 2


@pytest.mark.parametrize(("days", "read"), [(364, False), (365, True)])
def test_the_day_of_the_month_is_read_where_a_year_of_days_has_been_seen(days: int, read: bool) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    parts = parts_that_return([None, first + timedelta(days=days), first])
    assert parts == tuple(part for part in PARTS if read or part != "day")


def test_a_column_without_instants_has_every_part() -> None:
    assert parts_that_return([None, None]) == PARTS
