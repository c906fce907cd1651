"""Which target a candidate learns: the one whose model is best on training rows that it did not see."""

from __future__ import annotations

from collections.abc import Callable

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.training.recipes.base import Fitted, Matrix

Fit = Callable[[Matrix, Labels, Target], Fitted]

_SEEN = 0.8
# Beyond that the few rows are to blame, not the logarithm.
_MAX_FACTOR = 2.0


def choose_target(
    features: Matrix, labels: Labels, *, task: TrainingTask, metric: Metric, fit: Fit
) -> Target:
    """Chooses the best of the task's targets; ``features`` and ``labels`` are oldest first.

    The mean of a logarithm is no logarithm of a mean: predictions made of logarithms are too low on average. So they
    are tried multiplied, too, by what makes their sum that of the labels. A metric of medians likes them as they are.
    """
    targets = task.targets(labels)
    seen = int(len(labels) * _SEEN)
    if len(targets) == 1 or task.refuse(labels[:seen]) or task.refuse(labels[seen:]):
        return targets[0]
    best, best_value = targets[0], None
    for target in targets:
        outputs = fit(features[:seen], labels[:seen], target).predict(features[seen:])
        factor = labels[seen:].sum() / outputs.sum() if target.is_logarithm else 1.0
        factor = min(max(float(factor), 1 / _MAX_FACTOR), _MAX_FACTOR)
        for each in (target, target.multiplied(factor)) if factor != 1.0 else (target,):
            value = metric.value(labels[seen:], outputs if each is target else outputs * factor)
            if best_value is None or metric.gain(value, best_value) > 0:
                best, best_value = each, value
    return best
