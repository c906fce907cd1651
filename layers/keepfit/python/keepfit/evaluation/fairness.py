"""Fairness: the rates of a model's decisions for each group of a column, and the gaps between groups.

A gap is the largest rate less the smallest, as in fairlearn: its ``demographic_parity_difference`` is the gap of
selection rates, its ``equalized_odds_difference`` the larger gap of true and of false positive rates.

Source: Hardt, Price & Srebro, Equality of Opportunity in Supervised Learning (2016); fairlearn.metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import bootstrap
from keepfit.evaluation.metrics.base import Figures, Labels, Weights
from keepfit.evaluation.report import Fairness, GroupRates, Interval, RateGap
from keepfit.evaluation.slices.groups import Groups
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.rates import Rate
from keepfit.tasks.base import Outputs

MIN_ROWS = 30
"""A group with fewer rows is reported, and makes no gap."""


@dataclass(frozen=True, slots=True)
class _RateOf:
    """A rate of some rows; see ``metrics.base.Prepared``."""

    part: npt.NDArray[np.float64]
    whole: npt.NDArray[np.float64]

    def value(self) -> float:
        """Over all rows, each once; NaN of nothing."""
        return float(self.values(np.ones((1, len(self.part)), dtype=np.int32))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        part, whole = (np.asarray(weights @ each, dtype=np.float64) for each in (self.part, self.whole))
        rates: Figures = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
        return rates


def fairness(
    groups: Groups,
    labels: Labels,
    outputs: Outputs,
    *,
    task: TrainingTask,
    seed: int = 0,
    minimum_rows: int = MIN_ROWS,
) -> Fairness:
    """The rates of each group and their gaps; a task without rates has none.

    Args:
        groups: of a column.
        labels: (rows,) the answers, as the task encodes them.
        outputs: a row for each.
        task: what both mean, and which rates there are.
        seed: of the resampling.
        minimum_rows: of a group that counts for gaps.
    """
    members = [np.flatnonzero(groups.codes == number) for number in range(len(groups.names))]
    rates = task.rates(labels, outputs)
    return Fairness(
        column=groups.column,
        minimum_rows=minimum_rows,
        groups=[
            GroupRates(group=name, rows=len(rows), rates=_rates(rates, rows))
            for name, rows in zip(groups.names, members, strict=True)
        ],
        gaps=[
            gap
            for rate in rates
            if (gap := _gap(rate, groups.names, members, labels, task, seed, minimum_rows)) is not None
        ],
    )


def _rates(rates: Sequence[Rate], rows: npt.NDArray[np.int64]) -> dict[str, float | None]:
    values = {rate.name: _RateOf(rate.part[rows], rate.whole[rows]).value() for rate in rates}
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def _gap(
    rate: Rate,
    names: Sequence[str],
    members: Sequence[npt.NDArray[np.int64]],
    labels: Labels,
    task: TrainingTask,
    seed: int,
    minimum_rows: int,
) -> RateGap | None:
    """The gap of one rate; None where fewer than two groups have it."""
    prepared = {
        name: (_RateOf(rate.part[rows], rate.whole[rows]), rows)
        for name, rows in zip(names, members, strict=True)
        if len(rows) >= minimum_rows and rate.whole[rows].any()
    }
    if len(prepared) < 2:
        return None
    values = {name: each.value() for name, (each, _) in prepared.items()}
    resampled = [
        bootstrap({name: each}, strata=task.strata(labels[rows]), seed=seed + number)[name]
        for number, (name, (each, rows)) in enumerate(prepared.items())
    ]
    lowest, highest = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    gap = values[highest] - values[lowest]
    noise = np.array(resampled) - np.array(list(values.values()))[:, None]
    return RateGap(
        rate=rate.name,
        gap=gap,
        interval=_interval(gap, np.ptp(noise, axis=0)),
        lowest=lowest,
        highest=highest,
    )


def _interval(gap: float, noise: Figures) -> Interval:
    """The 95 % interval of the largest difference of several: groups that are alike differ by chance.

    Source: Tukey's simultaneous intervals of all differences, by a bootstrap in place of the studentized range.
    """
    width = float(np.nanquantile(noise, 0.95))
    return max(0.0, gap - width), gap + width
