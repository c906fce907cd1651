"""Every drift statistic is quiet where nothing moved, and says more of what moved more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from keepfit.errors import EmptyWindow
from keepfit.monitoring.drift.measure import measure_column
from keepfit.monitoring.drift.registry import MODULES, statistic_of
from keepfit.monitoring.drift.statistic import Compared, Measurement, Statistic
from keepfit.monitoring.profiles.profile import profile_of

ROWS = 5000


@pytest.fixture(params=MODULES)
def statistic(request: pytest.FixtureRequest) -> Statistic:
    return statistic_of(request.param)


def score_of(statistic: Statistic, *, rows: int, moved: float, seed: int = 0) -> float:
    random = np.random.default_rng(seed)
    return measured(statistic, random.normal(size=ROWS), random.normal(loc=moved, size=rows)).score


def measured(statistic: Statistic, reference: NDArray[Any], window: NDArray[Any]) -> Measurement:
    profile = profile_of({"x": reference}, {"x": "float"})
    counted = profile.counts_of({"x": window})
    found = measure_column({"it": statistic}, profile.columns["x"], counted.columns["x"], counted.grids["x"])
    return found["it"]


@pytest.mark.parametrize("rows", [200, 1000, 20_000])
def test_what_did_not_move_scores_far_below_what_moved_by_a_deviation(
    statistic: Statistic, rows: int
) -> None:
    alarm = score_of(statistic, rows=rows, moved=1.0)
    assert max(score_of(statistic, rows=rows, moved=0.0, seed=seed) for seed in range(50)) < alarm / 4


def test_chance_alone_gives_what_is_expected_on_average(statistic: Statistic) -> None:
    random = np.random.default_rng(1)
    found = [measured(statistic, random.normal(size=ROWS), random.normal(size=1000)) for _ in range(200)]
    assert np.mean([one.value for one in found]) == pytest.approx(
        np.mean([one.expected for one in found]), rel=0.25
    )


@pytest.mark.parametrize("empty", ["reference", "window"])
def test_nothing_is_not_compared(statistic: Statistic, empty: str) -> None:
    counts = {"reference": np.ones(4), "window": np.ones(4)} | {empty: np.zeros(4)}
    with pytest.raises(EmptyWindow):
        statistic.distance(Compared(**counts, edges=np.arange(3.0), spread=1.0))


def test_many_pairs_at_once_are_each_as_alone(statistic: Statistic) -> None:
    random = np.random.default_rng(2)
    before, now = random.integers(0, 50, (2, 7, 9)).astype(float)
    edges = np.sort(random.normal(size=8))
    together = statistic.distance(Compared(reference=before, window=now, edges=edges, spread=2.0))
    alone = [
        float(statistic.distance(Compared(reference=one, window=other, edges=edges, spread=2.0)))
        for one, other in zip(before, now, strict=True)
    ]
    assert together.tolist() == pytest.approx(alone)


def test_what_moved_further_scores_more(statistic: Statistic) -> None:
    scores = [score_of(statistic, rows=2000, moved=moved) for moved in (0.3, 0.6, 1.0, 2.0)]
    assert scores == sorted(scores)


def test_a_report_can_say_how_it_is_computed(statistic: Statistic) -> None:
    assert statistic.title
    assert statistic.method.endswith(".")
