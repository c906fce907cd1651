"""The population stability index, corrected so that chance alone raises no alarm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from keepfit.errors import EmptyWindow
from keepfit.monitoring.drift.compare import compare, predicted
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.drift.psi import index_without_drift, population_stability_index
from keepfit.monitoring.profiles.bins import CategoryBins
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.monitoring.reports.report import DriftReport
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY

TASK = task_of(BINARY)
SCORE = predicted("probability")

counts = st.lists(st.integers(0, 1000), min_size=6, max_size=6).filter(any)


@given(counts, counts)
def test_the_index_is_symmetric_and_never_negative(one: list[int], other: list[int]) -> None:
    index = population_stability_index(one, other)
    assert index >= 0
    assert index == pytest.approx(population_stability_index(other, one))


@given(counts, st.integers(2, 9))
def test_the_same_shares_have_an_index_of_zero_unless_empty_bins_weigh(one: list[int], factor: int) -> None:
    assert population_stability_index(one, [factor * count for count in one]) == pytest.approx(0, abs=1e-12)


def test_the_index_is_the_sum_over_bins() -> None:
    expected = (0.3 - 0.5) * math.log(0.3 / 0.5) + (0.7 - 0.5) * math.log(0.7 / 0.5)
    assert population_stability_index([50, 50], [30, 70]) == pytest.approx(expected)


def test_a_bin_seen_for_the_first_time_counts_against_half_a_row() -> None:
    expected = (0.9 - 1.0) * math.log(0.9) + (0.1 - 0.005) * math.log(0.1 / 0.005)
    assert population_stability_index([100, 0], [90, 10]) == pytest.approx(expected)


@pytest.mark.parametrize(("reference", "current"), [([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_a_window_without_rows_has_no_index(reference: list[int], current: list[int]) -> None:
    with pytest.raises(EmptyWindow):
        population_stability_index(reference, current)


def _category(shares: NDArray[np.float64], rows: int, random: np.random.Generator) -> ReferenceProfile:
    drawn = random.multinomial(rows, shares).tolist()
    bins = CategoryBins(values=[str(i) for i in range(len(shares) - 2)])
    return ReferenceProfile(rows=rows, columns={"x": ColumnProfile(bins=bins, counts=drawn)})


def _window(counts: list[int]) -> WindowProfile:
    return WindowProfile(rows=sum(counts), columns={"x": counts})


def _compared(reference: ReferenceProfile, counts: list[int], minimum_rows: int = 1) -> DriftReport:
    return compare(reference, _window(counts), Threshold(limit=0.25, minimum_rows=minimum_rows))


@pytest.mark.parametrize(
    ("bins", "rows", "window"), [(12, 2000, 200), (12, 50_000, 200), (12, 500, 20_000), (4, 2000, 50)]
)
def test_the_expected_index_without_drift_is_what_chance_gives(bins: int, rows: int, window: int) -> None:
    random = np.random.default_rng(7)
    shares = random.dirichlet(np.full(bins, 5.0))
    drawn = [
        population_stability_index(random.multinomial(rows, shares), random.multinomial(window, shares))
        for _ in range(3000)
    ]
    assert np.mean(drawn) == pytest.approx(index_without_drift(bins, rows, window), rel=0.08)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["ten even bins", "a hundred uneven bins", "mostly one value"])
def test_chance_alone_raises_an_alarm_less_than_once_in_a_thousand_windows_of_twenty_inputs(
    kind: str,
) -> None:
    random = np.random.default_rng(11)
    shares = {
        "ten even bins": np.append(np.full(10, 0.1), [0.0, 0.0]),
        "a hundred uneven bins": np.append((weights := 1 / np.arange(1, 101)) / weights.sum(), [0.0, 0.0]),
        "mostly one value": np.array([0.97, 0.015, 0.005, 0.005, 0.005]),
    }[kind]
    worst = []
    for _ in range(20):
        reference = _category(shares, 2000, random)
        windows = random.multinomial(200, shares, size=1000).tolist()
        worst += [_compared(reference, window).columns[0].drift_score for window in windows]
    assert max(worst) < 0.25
    plain_mean, corrected = index_without_drift(12, 2000, 200), float(np.median(worst))
    assert corrected < plain_mean / 2


def test_without_the_correction_a_window_of_few_rows_would_look_drifted() -> None:
    random = np.random.default_rng(3)
    shares = np.append(np.full(50, 1 / 50), [0.0, 0.0])
    reference = _category(shares, 20_000, random)
    reports = [_compared(reference, random.multinomial(300, shares).tolist()).columns[0] for _ in range(300)]
    assert np.mean([report.value for report in reports]) > 0.15
    assert np.mean([report.drift_score for report in reports]) < 0.03


def test_a_large_shift_is_found_in_the_smallest_window() -> None:
    random = np.random.default_rng(5)
    reference = profile_of({"x": random.normal(size=5000)}, {"x": "float"})
    found = 0
    for _ in range(200):
        window = reference.counts_of({"x": random.normal(loc=1.0, size=200)})
        found += compare(reference, window, Threshold(limit=0.25, minimum_rows=200)).drifted == ["x"]
    assert found == 200


def test_a_category_never_seen_before_is_drift() -> None:
    reference = ReferenceProfile(
        rows=1000, columns={"x": ColumnProfile(bins=CategoryBins(values=["A", "B"]), counts=[500, 500, 0, 0])}
    )
    assert _compared(reference, [400, 400, 200, 0]).drifted == ["x"]


def test_values_that_go_missing_are_drift() -> None:
    reference = ReferenceProfile(
        rows=1000, columns={"x": ColumnProfile(bins=CategoryBins(values=["A", "B"]), counts=[500, 500, 0, 0])}
    )
    assert _compared(reference, [400, 400, 0, 200]).drifted == ["x"]


def _numeric(random: np.random.Generator) -> ReferenceProfile:
    columns = {"calm": random.normal(size=2000), "moved": random.normal(size=2000)}
    return profile_of(columns, {"calm": "float", "moved": "float"}).with_outputs(
        TASK, random.uniform(size=500)
    )


def test_the_report_names_the_worst_first() -> None:
    random = np.random.default_rng(0)
    reference = _numeric(random)
    columns = {"calm": random.normal(size=400), "moved": random.normal(loc=2, size=400)}
    report = compare(
        reference,
        reference.counts_of(columns, {"probability": random.uniform(size=400)}),
        Threshold(limit=0.25, minimum_rows=200),
    )
    assert report.worst is not None
    assert (report.worst.column, report.drifted) == ("moved", ["moved"])
    assert {column.column for column in report.columns} == {"calm", "moved", SCORE}


def test_the_score_is_judged_like_an_input() -> None:
    random = np.random.default_rng(0)
    reference = _numeric(random)
    columns = {"calm": random.normal(size=400), "moved": random.normal(size=400)}
    window = reference.counts_of(columns, {"probability": random.uniform(0.8, 1.0, size=400)})
    assert compare(reference, window, Threshold(limit=0.25, minimum_rows=200)).drifted == [SCORE]


def test_too_few_rows_are_skipped_with_the_reason() -> None:
    random = np.random.default_rng(0)
    reference = _numeric(random)
    window = reference.counts_of({"calm": random.normal(size=199)}, {"probability": random.uniform(size=0)})
    report = compare(reference, window, Threshold(limit=0.25, minimum_rows=200))
    assert (report.worst, report.drifted) == (None, [])
    assert report.skipped == {
        "calm": "199 rows in the window, at least 200 are needed",
        "moved": "0 rows in the window, at least 200 are needed",
        SCORE: "0 rows in the window, at least 200 are needed",
    }


def test_a_timestamp_is_told_to_be_unwatched() -> None:
    random = np.random.default_rng(0)
    columns = {"departure": np.zeros(400), "calm": random.normal(size=400)}
    reference = profile_of(columns, {"departure": "timestamp", "calm": "float"})
    report = compare(reference, reference.counts_of(columns), Threshold(limit=0.25, minimum_rows=200))
    assert [column.column for column in report.columns] == ["calm"]
    assert "a timestamp only grows" in report.skipped["departure"]


def test_an_ignored_input_is_measured_but_is_no_drift() -> None:
    random = np.random.default_rng(0)
    reference = _numeric(random)
    columns = {"calm": random.normal(size=400), "moved": random.normal(loc=2, size=400)}
    report = compare(
        reference, reference.counts_of(columns), Threshold(limit=0.25, minimum_rows=200, ignore=["moved"])
    )
    assert report.worst is not None
    assert (report.worst.column, report.drifted) == ("calm", [])
    assert (report.columns[-1].column, report.columns[-1].ignored) == ("moved", True)
    assert report.columns[-1].drift_score > 1
