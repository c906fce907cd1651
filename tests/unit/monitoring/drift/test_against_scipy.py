"""Every statistic is what scipy says of the same rows, within what counting them in bins allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from keepfit.monitoring.drift.measure import measure_column
from keepfit.monitoring.drift.registry import MODULES, statistic_of
from keepfit.monitoring.profiles.profile import profile_of

Draw = Callable[[np.random.Generator, int], NDArray[Any]]

CATEGORIES: dict[str, tuple[Draw, Draw]] = {
    "the same": (lambda r, n: r.choice(list("ABCD"), n), lambda r, n: r.choice(list("ABCD"), n)),
    "other shares": (
        lambda r, n: r.choice(list("ABCD"), n, p=[0.4, 0.3, 0.2, 0.1]),
        lambda r, n: r.choice(list("ABCD"), n, p=[0.1, 0.2, 0.3, 0.4]),
    ),
    "one that is gone": (lambda r, n: r.choice(list("ABCD"), n), lambda r, n: r.choice(list("ABC"), n)),
}
NUMBERS: dict[str, tuple[Draw, Draw]] = {
    "the same": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(size=n)),
    "a shift": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(0.3, 1, n)),
    "a scale": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(0, 2.5, n)),
    "skewed": (lambda r, n: r.gamma(2, 500, n), lambda r, n: r.gamma(2.5, 600, n)),
    "far outside": (lambda r, n: r.normal(size=n), lambda r, n: r.normal(9, 3, n)),
    "few numbers": (lambda r, n: r.integers(0, 4, n) * 1.0, lambda r, n: r.integers(1, 6, n) * 1.0),
    "many whole numbers": (lambda r, n: r.poisson(30, n) * 1.0, lambda r, n: r.poisson(33, n) * 1.0),
    "mostly one number": (
        lambda r, n: np.where(r.random(n) < 0.9, 0.0, r.exponential(5, n)),
        lambda r, n: np.where(r.random(n) < 0.8, 0.0, r.exponential(7, n)),
    ),
    "one number": (lambda _, n: np.full(n, 5.0), lambda r, n: 5.0 + 4 * r.integers(0, 2, n)),
}
SIZES = [(4000, 300), (2000, 5000)]


def value(statistic: str, kind: Any, before: NDArray[Any], now: NDArray[Any]) -> float:
    profile = profile_of({"x": before}, {"x": kind})
    window = profile.counts_of({"x": now})
    measured = {statistic: statistic_of(statistic)}
    found = measure_column(measured, profile.columns["x"], window.columns["x"], window.grids.get("x"))
    return found[statistic].value


def counts(before: NDArray[Any], now: NDArray[Any]) -> NDArray[Any]:
    values = np.unique(np.concatenate([before, now]))
    return np.array([[(rows == each).sum() for each in values] for rows in (before, now)])


def hellinger(table: NDArray[Any]) -> float:
    """By the text book: the root of 1 less the sum of geometric means."""
    p, q = (row / row.sum() for row in table)
    return float(np.sqrt(1 - np.sqrt(p * q).sum()))


@pytest.mark.parametrize("drawn", CATEGORIES)
@pytest.mark.parametrize(("rows", "window_rows"), SIZES)
def test_statistics_of_categories(drawn: str, rows: int, window_rows: int) -> None:
    random = np.random.default_rng(rows)
    draw_before, draw_now = CATEGORIES[drawn]
    before, now = draw_before(random, rows).astype(object), draw_now(random, window_rows).astype(object)
    table = counts(before.astype(str), now.astype(str))
    assert value("jensen_shannon", "category", before, now) == pytest.approx(
        jensenshannon(table[0], table[1], base=2)
    )
    assert value("hellinger", "category", before, now) == pytest.approx(hellinger(table))
    chi_square = stats.chi2_contingency(table, correction=False).statistic
    assert value("chi_square", "category", before, now) == pytest.approx(chi_square)


@pytest.mark.parametrize("drawn", NUMBERS)
@pytest.mark.parametrize(("rows", "window_rows"), SIZES)
def test_statistics_of_numbers(drawn: str, rows: int, window_rows: int) -> None:
    random = np.random.default_rng(window_rows)
    draw_before, draw_now = NUMBERS[drawn]
    before, now = draw_before(random, rows), draw_now(random, window_rows)
    largest = stats.ks_2samp(before, now).statistic
    # What lies between two hundredths of the reference is not seen; a larger distance is never told.
    assert largest - 0.015 <= value("kolmogorov_smirnov", "float", before, now) <= largest + 1e-9
    spread = before.std() or 5.0
    moved = stats.wasserstein_distance(before, now) / spread
    assert value("wasserstein", "float", before, now) == pytest.approx(moved, rel=0.08, abs=0.01)


def test_statistics_over_bins_of_numbers_are_scipys_of_the_same_counts() -> None:
    random = np.random.default_rng(3)
    before, now = random.normal(size=3000), random.normal(0.2, 1.1, 800)
    profile = profile_of({"x": before}, {"x": "float"})
    table = np.array([profile.columns["x"].counts, profile.counts_of({"x": now}).columns["x"]])
    # The bins beyond the reference on both sides are judged as one, and nothing is missing.
    table = np.column_stack([table[:, 1:-2], table[:, 0] + table[:, -2]])
    table = table[:, table.any(axis=0)]
    assert value("jensen_shannon", "float", before, now) == pytest.approx(jensenshannon(*table, base=2))
    assert value("hellinger", "float", before, now) == pytest.approx(hellinger(table))
    assert value("chi_square", "float", before, now) == pytest.approx(
        stats.chi2_contingency(table, correction=False).statistic
    )


@pytest.mark.parametrize("name", [name for name in MODULES if statistic_of(name).over == "grid"])
def test_what_compares_distributions_of_numbers_is_not_for_categories_nor_for_nothing(name: str) -> None:
    profile = profile_of(
        {"c": ["a", "b"] * 50, "x": [1.0, 2.0] * 50, "gone": [None] * 100},
        {"c": "category", "x": "float", "gone": "float"},
    )
    window = profile.counts_of({"c": ["a"] * 9, "x": [None] * 9, "gone": [1.0] * 9})
    for column, reference in profile.columns.items():
        statistics = {name: statistic_of(name)}
        assert not measure_column(statistics, reference, window.columns[column], window.grids.get(column))
