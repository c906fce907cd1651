"""The learning curve: whether a candidate would gain by more rows.

Source: Perlich, Provost & Simonoff, Tree Induction vs. Logistic Regression: A Learning-Curve Analysis (2003).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from keepfit.errors import EmptyWindow
from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Metric, Prepared
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.explanation.report import LearningCurve, LearningPoint
from keepfit.training.recipes.base import Fitted
from keepfit.training.trials.validation import Fold

SHARES = (0.125, 0.25, 0.5, 1.0)
MIN_ROWS = 100
"""A smaller part says nothing of a larger one."""
MAX_SECONDS = 2.0
"""The time for all fits; a fit is not begun that would likely end after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPart:
    """The curve, and the fit to the most rows, which saw none of those that validate."""

    curve: LearningCurve
    fitted: Fitted


def learn(
    fit: Callable[[Fold], Fitted],
    fold: Fold,
    *,
    task: TrainingTask,
    metric: Metric,
    seed: int,
    clock: Callable[[], float] = time.monotonic,
) -> LearnedPart | None:
    """Fits growing parts of a fold's rows; None where not one can be fitted and measured.

    Args:
        fit: the candidate, with the parameters that are settled.
        fold: rows that train, and others that validate.
        task: what labels mean.
        metric: what may gain.
        seed: of the parts and resamples.
        clock: seconds.
    """
    if task.refuse_to_judge(fold.asked.labels, minimum_of_each_class=1):
        return None
    began, last, measured = clock(), 0.0, dict[int, Prepared]()
    fitted = None
    for share in SHARES:
        rows = round(share * len(fold.labels))
        started = clock()
        # Twice the rows take about twice the time.
        if (rows < MIN_ROWS and share < 1) or started - began + 2 * last > MAX_SECONDS:
            continue
        try:
            fitted = fit(fold.sampled(share, seed) if share < 1 else fold)
        except EmptyWindow:
            continue
        outputs = fold.outputs(fitted, task)
        measured[rows], last = metric.prepare(fold.asked.labels, outputs), clock() - started
    if fitted is None:
        return None
    return LearnedPart(curve=_curve(measured, fold, task, metric, seed), fitted=fitted)


def _curve(
    measured: dict[int, Prepared], fold: Fold, task: TrainingTask, metric: Metric, seed: int
) -> LearningCurve:
    labels = fold.asked.labels
    resampled = bootstrap(
        {str(rows): each for rows, each in measured.items()}, strata=task.strata(labels), seed=seed
    )
    points = [
        LearningPoint(rows=rows, value=each.value(), interval=interval(resampled[str(rows)]))
        for rows, each in measured.items()
    ]
    curve = LearningCurve(metric=metric.name, validation_rows=len(labels), points=points)
    if len(points) < 2:
        return curve
    half, full = points[-2], points[-1]
    gains = metric.gain(resampled[str(full.rows)], resampled[str(half.rows)])
    return LearningCurve(
        metric=metric.name,
        validation_rows=len(labels),
        points=points,
        gain_of_doubling=float(metric.gain(full.value, half.value)),
        interval=interval(gains),
    )
