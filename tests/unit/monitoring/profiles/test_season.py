"""A window is compared with the training data of its own days of the week or months of the year."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from keepfit.instants import Duration
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.resampling import with_null_distributions
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of, season_of
from keepfit.monitoring.profiles.season import PHASES, like, phases_of
from keepfit.monitoring.profiles.window import WindowRows, columns_to_read, count_window
from keepfit.monitoring.reports.report import DriftReport

PER_DAY, DAY = 200, 24 * 3600
DAYS = 8 * 7
MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())


@given(st.integers(0, 7_000_000_000))
def test_phases_are_days_from_monday_and_months(second: int) -> None:
    at, seconds = datetime.fromtimestamp(second, UTC), np.array([second])
    assert phases_of("week", seconds).tolist() == [at.weekday()]
    assert phases_of("year", seconds).tolist() == [at.month - 1]


def test_phases_weigh_as_in_the_window() -> None:
    counts = [[90, 10], [10, 90]]
    assert like(counts, [1, 0]) == [90, 10]
    assert like(counts, [7, 7]) == [100, 100]
    # Of 3 to 1 the mean is as unsure as that of 160 rows.
    assert like(counts, [3, 1]) == [112, 48]


def test_a_phase_that_the_reference_lacks_is_as_the_whole_of_it() -> None:
    assert like([[90, 10], [10, 90], [0, 0]], [0, 0, 5]) == [100, 100]


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=20, max_size=20), min_size=7, max_size=7).filter(
        lambda counts: any(map(any, counts))
    ),
    st.lists(st.integers(0, 50), min_size=7, max_size=7).filter(any),
)
def test_there_is_always_something_to_compare_with(counts: list[list[int]], window: list[int]) -> None:
    found = like(counts, window)
    assert any(found)
    assert min(found) >= 0


def stream(random: np.random.Generator, days: int, first: int = 0) -> NDArray[np.float64]:
    """Each day of the week has a mean of its own."""
    weekday = (first + np.arange(days)) % 7
    return np.repeat(2.0 * np.sin(weekday), PER_DAY) + random.normal(size=days * PER_DAY)


def seconds(days: int, first: int = 0) -> NDArray[np.int64]:
    return MONDAY + first * DAY + np.arange(days * PER_DAY) * (DAY // PER_DAY)


@pytest.fixture(scope="module")
def seasonal() -> ReferenceProfile:
    columns = {"x": stream(np.random.default_rng(0), DAYS)}
    profile = profile_of(columns, {"x": "float"})
    season = season_of("week", profile.columns, columns, seconds(DAYS))
    profile = msgspec.structs.replace(profile, season=season)
    return with_null_distributions(profile, columns, seconds(DAYS), DAY)


def plain(profile: ReferenceProfile) -> ReferenceProfile:
    columns = {"x": stream(np.random.default_rng(0), DAYS)}
    return with_null_distributions(msgspec.structs.replace(profile, season=None), columns, seconds(DAYS), DAY)


def judged(profile: ReferenceProfile, values: NDArray[np.float64], first: int) -> DriftReport:
    watched = MonitoringDefinition(false_alarms_per_month=1.0, window=Duration.parse("1d"), minimum_rows=50)
    rows = WindowRows(
        versions=np.ones(len(values), np.int64),
        columns={"x": values},
        outputs={},
        seconds=seconds(len(values) // PER_DAY, first),
    )
    counted = count_window([rows], profile, champion=1, has_column=lambda *_: True)
    alike = profile.like(counted.phases, counted.own_phases)
    return compare(alike, counted.profile, decision_of(watched, alike), statistics=watched.measured)


def test_moments_are_read_where_there_is_a_season(seasonal: ReferenceProfile) -> None:
    assert columns_to_read(seasonal).times
    assert not columns_to_read(plain(seasonal)).times


def test_a_day_is_compared_with_such_days_and_what_moves_within_them_is_found(
    seasonal: ReferenceProfile,
) -> None:
    without, random = plain(seasonal), np.random.default_rng(1)
    missed = 0
    for first in range(14):
        calm = stream(random, 1, first)
        assert judged(seasonal, calm, first).drifted == [], first
        assert judged(seasonal, calm + 0.8, first).drifted == ["x"], first
        assert judged(without, calm, first).drifted == [], first
        missed += judged(without, calm + 0.8, first).drifted == []
    assert missed > 7, "without a season days differ so much that a shift among them is nothing"


def test_a_day_that_is_like_another_day_is_drift(seasonal: ReferenceProfile) -> None:
    tuesday = stream(np.random.default_rng(2), 1, 1)
    assert judged(seasonal, tuesday, 1).drifted == []
    assert judged(seasonal, tuesday, 4).drifted == ["x"]


def test_false_alarms_by_season_stay_few(seasonal: ReferenceProfile) -> None:
    random = np.random.default_rng(3)
    drifted = [judged(seasonal, stream(random, 1, first), first).drifted for first in range(120)]
    # One a month of looks every hour is far less than one in four months of daily ones.
    assert sum(map(bool, drifted)) <= 1


def test_a_column_that_is_not_watched_leaves_no_trace(seasonal: ReferenceProfile) -> None:
    assert b'"x"' not in seasonal.without(["x"]).to_json()


def test_a_seasonal_profile_survives_json(seasonal: ReferenceProfile) -> None:
    assert ReferenceProfile.from_json(seasonal.to_json()) == seasonal
    assert seasonal.season is not None
    assert sum(seasonal.season.rows) == seasonal.rows
    assert len(seasonal.season.counts["x"]) == PHASES["week"]
    assert np.array(seasonal.season.counts["x"]).sum(axis=0).tolist() == seasonal.columns["x"].counts


def test_outputs_have_the_phases_of_the_champions_own_rows(seasonal: ReferenceProfile) -> None:
    rows = WindowRows(
        versions=np.repeat([1, 2], [PER_DAY, PER_DAY]),
        columns={"x": stream(np.random.default_rng(4), 2)},
        outputs={},
        seconds=seconds(2),
    )
    counted = count_window([rows, rows], seasonal, champion=2, has_column=lambda *_: True)
    assert counted.phases == [400, 400, 0, 0, 0, 0, 0]
    assert counted.own_phases == [0, 400, 0, 0, 0, 0, 0]
