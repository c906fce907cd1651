"""Columns of instants become the numbers of each instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.features.encoding.calendar import PARTS, compile_calendar
from keepfit.features.encoding.instants import NO_INSTANT, read_instants
from tests.drawn import examples

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_near_changes = st.sampled_from(
    [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(1916, 4, 30, 22, tzinfo=UTC),
    ]
)
_instants = st.builds(
    lambda at, micros: at + timedelta(microseconds=micros),
    _near_changes | st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(-(10**9) * 2, 10**9 * 2),
)


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Berlin", "America/New_York", "Europe/Amsterdam", "Asia/Kolkata", "Australia/Lord_Howe"],
)
@examples(60)
@given(instants=st.lists(st.none() | _instants, min_size=1, max_size=20))
def test_many_instants_are_read_as_each_of_them_is(zone: str, instants: list[datetime | None]) -> None:
    micros = [NO_INSTANT if at is None else (at - _EPOCH) // timedelta(microseconds=1) for at in instants]
    for parts in (PARTS, ("hour", "weekday", "month", "year"), ("day",)):
        read = compile_calendar(zone, parts)
        expected = np.array([read(at) for at in instants], dtype=np.float64)
        np.testing.assert_array_equal(read_instants(zone, parts)(np.array(micros)), expected)
