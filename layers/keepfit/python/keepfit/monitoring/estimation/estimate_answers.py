"""Estimates the performance of a version on answers whose outcomes are not known yet."""

from __future__ import annotations

from typing import Any

from keepfit.errors import EmptyWindow
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.decay import least_decay
from keepfit.monitoring.estimation.estimate import Estimate, EstimatedPerformance
from keepfit.monitoring.estimation.estimator import Estimator

_UNKNOWN = (
    "how its answers and outcomes go together is not known: it is a graph, or older than what keeps that"
)


def estimated(
    estimator: Estimator | None, tally: Any, *, metric: str | None, minimum_rows: int
) -> EstimatedPerformance:
    """Estimates every metric of the task on the tallied answers.

    Args:
        estimator: of the version; None where it has none.
        tally: its answers, of the estimator's kind.
        metric: that judges the model; None for the default of the task.
        minimum_rows: of fewer answers nothing is estimated.
    """
    if estimator is None:
        return EstimatedPerformance(metric=metric or "", rows=0, note=_UNKNOWN)
    task = training_task_of(estimator.task)
    name = task.metric(metric).name
    found = EstimatedPerformance(
        metric=name, rows=tally.rows, judged=estimator.judged.get(name), method=estimator.method
    )
    return _measured(found, estimator, tally, [*task.metrics], minimum_rows)


def estimate(
    estimator: Estimator | None, tally: Any, *, metric: str | None, minimum_rows: int
) -> Estimate | None:
    """Estimates the metric that judges; None where it cannot be estimated."""
    if estimator is None or tally.rows < max(1, minimum_rows):
        return None
    name = training_task_of(estimator.task).metric(metric).name
    try:
        return estimator.estimate(tally, [name])[name]
    except EmptyWindow:
        return None


def _measured(
    found: EstimatedPerformance, estimator: Estimator, tally: Any, metrics: list[str], minimum_rows: int
) -> EstimatedPerformance:
    changes: dict[str, Any]
    if tally.rows < max(1, minimum_rows):
        changes = {"note": f"{tally.rows} answers of this version, at least {minimum_rows} are needed"}
    else:
        try:
            figures = estimator.estimate(tally, metrics)
            changes = {"estimate": figures[found.metric], "figures": figures}
            if found.judged is not None:
                metric = training_task_of(estimator.task).metrics[found.metric]
                changes["decay"] = least_decay(metric, found.judged, figures[found.metric].interval)
        except EmptyWindow as error:
            changes = {"note": str(error)}
    return EstimatedPerformance(
        metric=found.metric, rows=found.rows, judged=found.judged, method=found.method, **changes
    )
