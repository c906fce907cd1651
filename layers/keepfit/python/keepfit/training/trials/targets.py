"""Chooses the target that a candidate learns: the one whose model is best on rows that it did not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs

Raw = npt.NDArray[np.float64]

# Beyond that the few rows are to blame, not the logarithm.
_MAX_FACTOR = 2.0


def choose_target(
    targets: Sequence[Target],
    labels: Labels,
    raws: Sequence[Raw],
    *,
    read: Callable[[Sequence[Raw]], Outputs],
    metric: Metric,
) -> tuple[Target, Raw]:
    """The best of the targets, and what its model gave for the unseen rows.

    The mean of a logarithm is no logarithm of a mean: predictions made of logarithms are too low on average. So they
    are tried multiplied, too, by what makes their sum that of the labels. A metric of medians likes them as they are.

    Args:
        targets: the plainest first.
        labels: (rows,) of the unseen rows.
        raws: for each target, what a model that learned it gives for them.
        read: makes outputs of that.
        metric: what is best.
    """
    if len(targets) == 1:
        return targets[0], raws[0]
    tried: list[tuple[float, Target, Raw]] = []
    for target, raw in zip(targets, raws, strict=True):
        for factor in _factors(target, labels, raw):
            value = metric.value(labels, read([raw * factor]))
            tried.append((value, target if factor == 1.0 else target.multiplied(factor), raw * factor))
    best = tried[0]
    for each in tried[1:]:
        if metric.gain(each[0], best[0]) > 0:
            best = each
    return best[1], best[2]


def _factors(target: Target, labels: Labels, raw: Raw) -> list[float]:
    if not target.is_logarithm:
        return [1.0]
    factor = float(labels.sum() / raw.sum())
    return [1.0, min(max(factor, 1 / _MAX_FACTOR), _MAX_FACTOR)]
