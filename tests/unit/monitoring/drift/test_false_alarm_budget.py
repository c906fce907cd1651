"""Alarms stay within their budget where nothing drifts, whatever rows have in common, and drift is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from keepfit.instants import Duration
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.false_alarm_budget import alpha_of
from keepfit.monitoring.drift.measure import measure_column
from keepfit.monitoring.drift.registry import MODULES, statistic_of
from keepfit.monitoring.drift.resampling import with_null_distributions
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.profiles.null_distribution import NullDistribution
from keepfit.monitoring.profiles.profile import ReferenceProfile, profile_of

Stream = Callable[[np.random.Generator, int], NDArray[Any]]
PER_DAY = 100
DAY = 24 * 3600


def depending(random: np.random.Generator, rows: int) -> NDArray[Any]:
    """AR(1): each row is much like the one before."""
    noise = random.normal(size=rows + 500) * np.sqrt(1 - 0.9**2)
    return np.asarray(lfilter([1], [1, -0.9], noise)[500:])


def weekly(random: np.random.Generator, rows: int) -> NDArray[Any]:
    return np.sin(2 * np.pi * np.arange(rows) / (7 * PER_DAY)) + random.normal(size=rows)


STREAMS: dict[str, Stream] = {
    "independent": lambda random, rows: random.normal(size=rows),
    "depending": depending,
    "weekly": weekly,
    "many zeros": lambda random, rows: np.where(random.random(rows) < 0.6, 0.0, random.gamma(2, 9, rows)),
    "words": lambda random, rows: random.choice(list("abcdefgh"), rows, p=[0.3, 0.2, *[0.5 / 6] * 6]).astype(
        object
    ),
}


def profiled(stream: NDArray[Any], window_days: float, per_day: int = PER_DAY) -> ReferenceProfile:
    kind: Any = "category" if stream.dtype == object else "float"
    profile = profile_of({"x": stream}, {"x": kind})
    seconds = np.arange(len(stream)) * (DAY // per_day)
    return with_null_distributions(profile, {"x": stream}, seconds, window_days * DAY)


def definition(**given: Any) -> MonitoringDefinition:
    return MonitoringDefinition(**{"false_alarms_per_month": 1.0, "minimum_rows": 50, **given})


def drifted(profile: ReferenceProfile, window: NDArray[Any], watched: MonitoringDefinition) -> bool:
    report = compare(
        profile, profile.counts_of({"x": window}), decision_of(watched, profile), statistics=watched.measured
    )
    return bool(report.drifted)


@pytest.mark.parametrize(
    ("name", "days", "streams"),
    [
        *((name, 4, 3) for name in STREAMS),
        *(pytest.param(name, days, 20, marks=pytest.mark.long) for name in STREAMS for days in (1, 10)),
    ],
)
def test_each_statistic_exceeds_its_threshold_as_seldom_as_asked(name: str, days: int, streams: int) -> None:
    alpha, windows, rows = 0.02, 25, 80 * PER_DAY
    exceeded: dict[str, int] = dict.fromkeys(MODULES, 0)
    for seed in range(streams):
        drawn = STREAMS[name](np.random.default_rng(seed), rows + windows * days * PER_DAY)
        profile = profiled(drawn[:rows], days)
        column = profile.columns["x"]
        for window in drawn[rows:].reshape(windows, -1):
            counted = profile.counts_of({"x": window})
            measured = measure_column(
                {each: statistic_of(each) for each in column.nulls},
                column,
                counted.columns["x"],
                counted.grids.get("x"),
            )
            for each, found in measured.items():
                exceeded[each] += found.value > column.nulls[each].threshold(len(window), alpha)
    # Windows of one reference exceed together, so that a third of them counts.
    looks = streams * windows
    most = 3 * stats.binom.ppf(0.999, looks // 3, 1.5 * alpha)
    assert max(exceeded.values()) <= most, exceeded


@pytest.mark.parametrize(
    ("name", "streams", "schedule"),
    [
        ("depending", 2, "1d"),
        *(
            pytest.param(name, 8, "6h", marks=pytest.mark.long)
            for name in ("independent", "depending", "weekly")
        ),
    ],
)
def test_false_alarms_of_a_monitor_stay_within_the_budget(name: str, streams: int, schedule: str) -> None:
    """Twelve months on each of some streams; a stretch of alarms is one."""
    per_month, months, rows, every = 1.0, 12, 120 * PER_DAY, Duration.parse(schedule)
    watched = definition(false_alarms_per_month=per_month, window=Duration.parse("7d"), schedule=every)
    size, step = 7 * PER_DAY, PER_DAY * every.seconds // DAY
    alarms = 0
    for seed in range(streams):
        drawn = STREAMS[name](np.random.default_rng(100 + seed), rows + months * 30 * PER_DAY)
        profile, silent = profiled(drawn[:rows], 7), size
        for start in range(rows, len(drawn) - size, step):
            if drifted(profile, drawn[start : start + size], watched):
                alarms += silent >= size
                silent = 0
            silent += step
    assert alarms <= stats.poisson.ppf(0.999, per_month * months * streams)


DRIFTS: dict[str, Callable[[NDArray[Any], np.random.Generator], Any]] = {
    "shift": lambda rows, _: rows + 0.5,
    "scale": lambda rows, _: rows * 1.6,
    "missing": lambda rows, random: np.where(random.random(len(rows)) < 0.1, np.nan, rows),
    "far outside": lambda rows, random: np.where(random.random(len(rows)) < 0.03, 50.0, rows),
    "one value": lambda rows, _: np.full(len(rows), 0.1),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_found(name: str) -> None:
    watched = definition(window=Duration.parse("10d"))
    for seed in range(2):
        random = np.random.default_rng(seed)
        profile = profiled(random.normal(size=100 * PER_DAY), 10)
        calm = random.normal(size=10 * PER_DAY)
        assert not drifted(profile, calm, watched)
        assert drifted(profile, DRIFTS[name](calm, random), watched)


def test_a_new_value_among_few_is_found_and_a_single_row_of_one_is_not() -> None:
    watched = definition(window=Duration.parse("10d"))
    random = np.random.default_rng(0)
    draw = cache(lambda rows: random.choice(["a", "b", "c"], rows).astype(object))
    profile = profiled(draw(10_000), 10)
    window = draw(1_000)
    assert not drifted(profile, np.append(window, "new"), watched)
    assert drifted(profile, np.append(window, ["new"] * 60), watched)


def test_a_constant_column_is_quiet_until_it_moves() -> None:
    watched = definition(window=Duration.parse("10d"))
    for stream in (np.full(5_000, 3.0), np.full(5_000, "a", dtype=object)):
        profile = profiled(stream, 10)
        assert not drifted(profile, stream[:1000], watched)
    profile = profiled(np.full(5_000, 3.0), 10)
    assert drifted(profile, np.full(1000, 3.5), watched)


def test_the_same_data_has_the_same_thresholds() -> None:
    stream = weekly(np.random.default_rng(0), 4_000)
    assert profiled(stream, 7) == profiled(stream, 7)


def test_a_profile_with_null_distributions_survives_json() -> None:
    profile = profiled(weekly(np.random.default_rng(0), 2_000), 7)
    assert ReferenceProfile.from_json(profile.to_json()) == profile


def test_rows_that_depend_on_each_other_raise_thresholds() -> None:
    random = np.random.default_rng(1)
    alone, together = (STREAMS[name](random, 12_000) for name in ("independent", "depending"))
    limits = [profiled(one, 10).columns["x"].nulls["psi"].threshold(1000, 1e-4) for one in (alone, together)]
    assert limits[1] > 3 * limits[0]


def test_thresholds_fall_with_rows_and_with_what_is_allowed() -> None:
    null = profiled(np.random.default_rng(2).normal(size=20_000), 20).columns["x"].nulls["wasserstein"]
    sizes = [null.threshold(rows, 1e-3) for rows in (20, 64, 200, 1000, 4000)]
    assert sizes == sorted(sizes, reverse=True)
    assert null.threshold(10_000_000, 1e-3) == null.threshold(null.rows[-1], 1e-3)
    assert null.threshold(500, 1e-2) < null.threshold(500, 1e-3) < null.threshold(500, 1e-5)


@pytest.mark.parametrize("freedom", [1, 2, 5, 12])
@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-5])
def test_a_quantile_is_that_of_the_chi_square_whose_moments_it_has(freedom: int, alpha: float) -> None:
    law = stats.chi2(freedom)
    mean, variance, skewness = (float(each) for each in law.stats("mvs"))
    null = NullDistribution(
        power=1,
        blocks=10**6,
        reference_rows=10**6,
        rows=[100],
        mean=[mean],
        deviation=[variance**0.5],
        skewness=[skewness],
        least=[1e-9],
    )
    assert law.isf(alpha) * 0.97 <= null.threshold(100, alpha) <= law.isf(alpha) * 1.13


@pytest.mark.parametrize("blocks", [16, 40, 256])
def test_few_blocks_leave_a_threshold_unsure_as_students_t_does(blocks: int) -> None:
    law = NullDistribution(
        power=1,
        blocks=blocks,
        reference_rows=99,
        rows=[9],
        mean=[0.0],
        deviation=[1.0],
        skewness=[0.0],
        least=[1e-9],
    )
    for alpha in (1e-2, 1e-4, 1e-5):
        assert law.threshold(9, alpha) == pytest.approx(stats.t(blocks - 1).isf(alpha), rel=0.02)


def test_alpha_spends_the_budget_on_all_that_is_looked_at() -> None:
    month = {"comparisons": 30, "windows": 1.0}
    weekly, hourly, by_minute = (alpha_of(1, looks=looks, **month) for looks in (4, 730, 43_800))
    assert alpha_of(1, looks=1, **month) == pytest.approx(1 / 30)
    assert alpha_of(2, looks=1, **month) == pytest.approx(2 / 30)
    # Looks at the same window over and over cost no more than the time in which it changes.
    assert weekly > hourly == by_minute > 1 / (30 * 730)


def test_stretches_of_overlapping_windows_come_as_seldom_as_alpha_is_made_for() -> None:
    """Of a mean over a sliding window of independent rows, squared: a chi-square at each look."""
    random, rows, size = np.random.default_rng(0), 600_000, 300
    total = np.cumsum(random.normal(size=rows))
    squares = (total[size:] - total[:-size]) ** 2 / size
    windows = len(squares) / size
    budget = 100.0
    alpha = alpha_of(budget, comparisons=1, looks=len(squares), windows=windows)
    high = np.flatnonzero(squares > stats.chi2(1).isf(alpha))
    stretches = 1 + int((np.diff(high) > size).sum())
    assert budget / 3 <= stretches <= budget * 1.25


def test_the_report_says_which_threshold_and_why() -> None:
    profile = profiled(np.random.default_rng(0).normal(size=5_000), 10)
    watched = definition(window=Duration.parse("10d"), ignore=["y"])
    report = compare(
        profile,
        profile.counts_of({"x": np.random.default_rng(1).normal(0.6, 1, 800)}),
        decision_of(watched, profile),
        statistics=watched.measured,
    )
    [column] = report.columns
    assert report.threshold == 1.0
    assert column.threshold is not None
    assert column.drift_score == pytest.approx(column.value / column.threshold, rel=1e-3)
    assert {each.statistic for each in column.measured if each.threshold} == set(watched.statistics)
    assert (
        "false_alarms_per_month = 1: a threshold is what chance exceeds with probability" in report.decision
    )
    assert "for 3 of them looked at every 1h" in report.decision


def test_a_champion_of_before_the_budget_is_judged_as_before_and_the_report_says_so() -> None:
    random = np.random.default_rng(0)
    profile = profile_of({"x": random.normal(size=5_000)}, {"x": "float"})
    watched = definition()
    for moved, expected in ((0.0, False), (0.3, False), (1.0, True)):
        window = profile.counts_of({"x": random.normal(moved, 1, 1000)})
        report = compare(profile, window, decision_of(watched, profile), statistics=watched.measured)
        assert bool(report.drifted) == expected
        former = compare(profile, window, decision_of(MonitoringDefinition(), profile))
        assert report.columns[0].drift_score == pytest.approx(former.columns[0].drift_score / 0.25, abs=1e-5)
    assert "until the next training" in report.decision


def test_a_shorter_window_than_was_resampled_has_higher_thresholds() -> None:
    stream = weekly(np.random.default_rng(0), 10_000)
    profile = profiled(stream, 10)
    days = [Duration.parse(window) for window in ("5d", "10d", "20d")]
    found = []
    for window in days:
        decision = decision_of(definition(window=window), profile)
        counted = profile.counts_of({"x": stream[:800]})
        column = compare(profile, counted, decision, statistics=["psi"]).columns[0]
        found.append(column.threshold)
    assert found[0] is not None
    assert found[1] is not None
    assert found[2] is not None
    assert found[0] > found[1] * 1.5
    assert found[2] < found[1], "longer windows are fewer, and nothing is known of how much less they differ"


def test_the_alarm_sounds_where_a_threshold_is_reached() -> None:
    assert definition().alarm_threshold == 1.0
    assert MonitoringDefinition().alarm_threshold == 0.25
    assert MonitoringDefinition(drift_threshold=0.4).alarm_threshold == 0.4


def test_ignored_columns_spend_nothing() -> None:
    random = np.random.default_rng(0)
    columns = {"x": random.normal(size=2_000), "y": random.normal(size=2_000)}
    profile = profile_of(columns, {"x": "float", "y": "float"})
    profile = with_null_distributions(profile, columns, np.arange(2_000) * 600, 5 * DAY)
    both, one = (decision_of(definition(ignore=ignore), profile) for ignore in ([], ["y"]))
    assert both.comparisons == 2 * one.comparisons  # type: ignore[attr-defined]
    assert both.alpha < one.alpha  # type: ignore[attr-defined]
