"""Every drift statistic is quiet where nothing moved, and says more of what moved more."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.monitoring.drift.registry import MODULES, statistic_of
from keepfit.monitoring.drift.statistic import Statistic
from keepfit.monitoring.profiles.bins import NumericBins

ROWS = 5000


@pytest.fixture(params=MODULES)
def statistic(request: pytest.FixtureRequest) -> Statistic:
    return statistic_of(request.param)


def score_of(statistic: Statistic, *, rows: int, moved: float, seed: int = 0) -> float:
    random = np.random.default_rng(seed)
    reference = random.normal(size=ROWS)
    bins = NumericBins.of(reference)
    window = random.normal(loc=moved, size=rows)
    return statistic.measure(bins.count(reference), bins.count(window), bins).score


@pytest.mark.parametrize("rows", [200, 1000, 20_000])
def test_what_did_not_move_scores_far_below_what_moved_by_a_deviation(
    statistic: Statistic, rows: int
) -> None:
    alarm = score_of(statistic, rows=rows, moved=1.0)
    assert max(score_of(statistic, rows=rows, moved=0.0, seed=seed) for seed in range(50)) < alarm / 4


def test_chance_alone_gives_what_is_expected_on_average(statistic: Statistic) -> None:
    random = np.random.default_rng(1)
    found = []
    for _ in range(200):
        reference = random.normal(size=ROWS)
        bins = NumericBins.of(reference)
        counts = bins.count(reference), bins.count(random.normal(size=1000))
        found.append(statistic.measure(*counts, bins))
    assert np.mean([one.value for one in found]) == pytest.approx(
        np.mean([one.expected for one in found]), rel=0.25
    )


def test_what_moved_further_scores_more(statistic: Statistic) -> None:
    scores = [score_of(statistic, rows=2000, moved=moved) for moved in (0.3, 0.6, 1.0, 2.0)]
    assert scores == sorted(scores)


def test_a_report_can_say_how_it_is_computed(statistic: Statistic) -> None:
    assert statistic.title
    assert statistic.method.endswith(".")
