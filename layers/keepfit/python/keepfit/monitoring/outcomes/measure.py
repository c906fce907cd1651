"""Measures versions on pairs of answers and outcomes, by the metrics that judge them before a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow
from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.decay import least_decay
from keepfit.monitoring.estimation.estimate_answers import estimate
from keepfit.monitoring.estimation.estimator import Answers
from keepfit.monitoring.estimation.registry import AnyEstimator
from keepfit.monitoring.outcomes.counts import PredictionCounts
from keepfit.monitoring.outcomes.pairs import Joined, Pairs
from keepfit.monitoring.outcomes.report import Checked, VersionPerformance
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec

_MIN_OF_EACH_CLASS = 5
# Of the resamples; so that the same pairs have the same interval.
_SEED = 0
_VALUE = "value"


class AnsweringVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a version that answered: what its outputs mean, and its metrics on the holdout.

    ``estimator`` is None where nothing estimates it.
    """

    task: TaskSpec
    judged: Mapping[str, float]
    estimator: AnyEstimator | None = None


def measure(
    joined: Joined,
    version_of: Callable[[int], AnsweringVersion],
    *,
    metric: str | None,
    minimum_rows: int,
    intervals: bool = True,
) -> list[VersionPerformance]:
    """How well each version did in each period, in the order of ``joined.counts``.

    Args:
        joined: predictions and outcomes.
        version_of: what is known of a version.
        metric: its name; None for the default of the task.
        minimum_rows: a version with fewer pairs in a period is not measured.
        intervals: whether values have one.
    """
    found = [_counted(counts) for counts in joined.counts]
    for pairs in joined.pairs:
        version = version_of(pairs.version)
        task = training_task_of(version.task)
        if pairs.answers.shape[1] != task.scores:
            continue
        labels, outputs = task.encode_labels(pairs.outcomes), _outputs(pairs, task)
        chosen = task.metric(metric)
        for place in np.unique(pairs.periods).tolist():
            rows = pairs.periods == place
            measured = _measured(
                task, chosen, labels[rows], outputs[rows], minimum_rows=minimum_rows, intervals=intervals
            )
            found[place] = _decayed(
                msgspec.structs.replace(found[place], judged=version.judged.get(chosen.name), **measured),
                chosen,
            )
            if version.estimator is not None and found[place].value is not None:
                checked = _checked(version.estimator, pairs.answers[rows], chosen.name, found[place])
                found[place] = msgspec.structs.replace(found[place], checked=checked)
    return found


def _decayed(measured: VersionPerformance, metric: Metric) -> VersionPerformance:
    if measured.judged is None or measured.interval is None:
        return measured
    decay = least_decay(metric, measured.judged, measured.interval)
    return msgspec.structs.replace(measured, decay=decay)


def _checked(
    estimator: AnyEstimator, answers: Answers, metric: str, measured: VersionPerformance
) -> Checked | None:
    """Compares the estimate for the answers with the measured value."""
    if answers.shape[1] != estimator.width or measured.value is None:
        return None
    tally = estimator.tally()
    tally.add(answers)
    found = estimate(estimator, tally, metric=metric, minimum_rows=1)
    if found is None:
        return None
    return Checked(
        value=found.value,
        interval=found.interval,
        error=found.value - measured.value,
        held=found.holds(measured.value),
    )


def _counted(counts: PredictionCounts) -> VersionPerformance:
    """The counts of a version in a period, with why nothing is measured unless something is."""
    note = "outcomes are known of no answers of this version" if counts.outcomes else "no outcome is known"
    if counts.unanswered:
        note = f"{counts.unanswered} answers with outcomes were collected by a release that kept too little of them"
    numbers = {name: getattr(counts, name) for name in counts.__struct_fields__ if name != "unanswered"}
    return VersionPerformance(**numbers, note=note)


def _outputs(pairs: Pairs, task: TrainingTask) -> Outputs:
    return pairs.answers if task.scores > 1 else pairs.answers[:, 0]


def _measured(
    task: TrainingTask,
    metric: Metric,
    labels: Labels,
    outputs: Outputs,
    *,
    minimum_rows: int,
    intervals: bool,
) -> dict[str, object]:
    """The metric with its interval and every other figure, or a note that says why there is none."""
    if len(labels) < minimum_rows:
        return {"note": f"{len(labels)} outcomes, and outcomes.minimum_rows is {minimum_rows}"}
    refused = task.refuse_to_judge(labels, minimum_of_each_class=_MIN_OF_EACH_CLASS)
    if refused is not None:
        return {"note": refused}
    try:
        prepared = metric.prepare(labels, outputs)
        values = (
            bootstrap({_VALUE: prepared}, strata=task.strata(labels), seed=_SEED)[_VALUE]
            if intervals
            else None
        )
        return {
            "value": prepared.value(),
            "interval": None if values is None else interval(values),
            "figures": task.measure(labels, outputs),
            "note": None,
        }
    except EmptyWindow as error:
        return {"note": str(error)}
