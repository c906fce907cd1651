"""The learning curve: whether a candidate would gain by more rows.

Source: Perlich, Provost & Simonoff, Tree Induction vs. Logistic Regression: A Learning-Curve Analysis (2003).
"""

from __future__ import annotations

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
"""The cost of all fits together, by their work and not by a clock: the same rows give the same curve."""


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
    cost: Callable[[int], float],
) -> LearnedPart | None:
    """Fits growing parts of a fold's rows; None where not one can be fitted and measured.

    Args:
        fit: the candidate, with the parameters that are settled.
        fold: rows that train, and others that validate.
        task: what labels mean.
        metric: what may gain.
        seed: of the parts and resamples.
        cost: about the seconds of a fit to so many rows; see ``fit_cost``.
    """
    if task.refuse_to_judge(fold.asked.labels, minimum_of_each_class=1):
        return None
    measured: dict[int, Prepared] = {}
    fitted, every = None, len(fold.labels)
    for rows in sizes(every, cost):
        try:
            fitted = fit(fold.sampled(rows / every, seed) if rows < every else fold)
        except EmptyWindow:
            continue
        measured[rows] = metric.prepare(fold.asked.labels, fold.outputs(fitted, task))
    if fitted is None:
        return None
    return LearnedPart(curve=_curve(measured, fold, task, metric, seed), fitted=fitted)


def sizes(every: int, cost: Callable[[int], float]) -> list[int]:
    """The parts of ``every`` rows to fit: as many of ``SHARES`` as the limit of work allows, at least one.

    >>> sizes(8_000, lambda rows: rows / 4_000), sizes(8_000, lambda rows: rows / 100)
    ([1000, 2000, 4000], [125])
    """
    spent, chosen = 0.0, list[int]()
    wanted = [round(share * every) for share in SHARES]
    for rows in wanted:
        if (rows >= MIN_ROWS or rows == every) and spent + cost(rows) <= MAX_SECONDS:
            chosen.append(rows)
            spent += cost(rows)
    fewest = next((rows for rows in wanted if rows >= MIN_ROWS), every)
    while not chosen and fewest > 2 * MIN_ROWS and cost(fewest) > MAX_SECONDS:
        fewest //= 2
    return chosen or [fewest]


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
