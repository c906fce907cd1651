"""Instants on the clocks and calendars of a zone."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isnan

from keepfit.features.encoding.calendar import compile_calendar


def test_an_instant_is_read_on_the_clocks_of_the_zone() -> None:
    at = datetime(2026, 7, 1, 22, 45, tzinfo=UTC)
    assert compile_calendar("UTC")(at) == (22.75, 3, 1, 7, 2026)
    assert compile_calendar("Europe/Berlin")(at) == (0.75, 4, 2, 7, 2026)


def test_a_missing_instant_has_no_parts() -> None:
    assert all(map(isnan, compile_calendar("UTC")(None)))
