"""Fairness: the rates of a model's decisions for each group of a column, and the gaps between groups.

A gap is the largest rate less the smallest, as in fairlearn: its ``demographic_parity_difference`` is the gap of
selection rates, its ``equalized_odds_difference`` the larger gap of true and of false positive rates.

Source: Hardt, Price & Srebro, Equality of Opportunity in Supervised Learning (2016); fairlearn.metrics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import bootstrap
from keepfit.evaluation.metrics.base import Figures, Labels, Weights
from keepfit.evaluation.report import Fairness, GroupRates, Interval, RateGap
from keepfit.evaluation.slices.groups import Groups
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs

MIN_ROWS = 30
"""A group with fewer rows is reported, and makes no gap."""


@dataclass(frozen=True, slots=True)
class _Ratios:
    """Several rates of some rows, (rows, rates) parts by wholes; see ``metrics.base.Weighted``."""

    parts: npt.NDArray[np.float64]
    wholes: npt.NDArray[np.float64]

    def values(self, weights: Weights) -> Figures:
        """(resamples, rates) in each resample; NaN of nothing."""
        shares = weights.astype(np.float64)
        parts, wholes = shares @ self.parts, shares @ self.wholes
        ratios: Figures = np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0)
        return ratios


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
    rates = task.rates(labels, outputs)
    ratios = _Ratios(
        np.column_stack([rate.part for rate in rates]), np.column_stack([rate.whole for rate in rates])
    )
    members = [np.flatnonzero(groups.codes == number) for number in range(len(groups.names))]
    values = np.array([_values(ratios, rows) for rows in members])
    counting = [number for number, rows in enumerate(members) if len(rows) >= minimum_rows]
    noise = [
        _resampled(ratios, members[number], task.strata(labels[members[number]]), seed + number)
        - values[number]
        for number in counting
    ]
    names = [rate.name for rate in rates]
    counted = [groups.names[number] for number in counting]
    gaps = [
        _gap(name, counted, values[counting, place], [each[:, place] for each in noise])
        for place, name in enumerate(names)
    ]
    return Fairness(
        column=groups.column,
        minimum_rows=minimum_rows,
        groups=[
            GroupRates(
                group=name, rows=len(rows), rates=dict(zip(names, map(_number, of_group), strict=True))
            )
            for name, rows, of_group in zip(groups.names, members, values.tolist(), strict=True)
        ],
        gaps=[gap for gap in gaps if gap is not None],
    )


def _of(ratios: _Ratios, rows: npt.NDArray[np.int64]) -> _Ratios:
    return _Ratios(ratios.parts[rows], ratios.wholes[rows])


def _values(ratios: _Ratios, rows: npt.NDArray[np.int64]) -> Figures:
    """(rates,) over all rows of a group, each once."""
    [values] = _of(ratios, rows).values(np.ones((1, len(rows)), dtype=np.int32))
    return np.asarray(values, dtype=np.float64)


def _resampled(
    ratios: _Ratios, rows: npt.NDArray[np.int64], strata: npt.NDArray[np.int64], seed: int
) -> Figures:
    """(resamples, rates) of a group."""
    return bootstrap({"": _of(ratios, rows)}, strata=strata, seed=seed)[""]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _gap(rate: str, names: Sequence[str], values: Figures, noise: Sequence[Figures]) -> RateGap | None:
    """The gap of one rate; None where fewer than two groups have it."""
    having = np.flatnonzero(~np.isnan(values)).tolist()
    if len(having) < 2:
        return None
    lowest, highest = (having[int(choose(values[having]))] for choose in (np.argmin, np.argmax))
    gap = float(values[highest] - values[lowest])
    apart = np.ptp([noise[number] for number in having], axis=0)
    return RateGap(
        rate=rate, gap=gap, interval=_interval(gap, apart), lowest=names[lowest], highest=names[highest]
    )


def _interval(gap: float, noise: Figures) -> Interval:
    """The 95 % interval of the largest difference of several: groups that are alike differ by chance.

    Source: Tukey's simultaneous intervals of all differences, by a bootstrap in place of the studentized range.
    """
    width = float(np.nanquantile(noise, 0.95))
    return max(0.0, gap - width), gap + width
