"""Evaluates a model on a holdout beyond its metric: slices, fairness, calibration, time and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from keepfit.evaluation.calibration_error import calibration_error
from keepfit.evaluation.definition import EvaluationDefinition
from keepfit.evaluation.fairness import fairness
from keepfit.evaluation.periods import periods
from keepfit.evaluation.report import Evaluation
from keepfit.evaluation.slices.groups import grouped
from keepfit.evaluation.slices.measure import Sliceable, declared_slices
from keepfit.evaluation.slices.search import worst_slices
from keepfit.evaluation.tasks.answer_definition import Wishes


def evaluate(
    candidate: str,
    model: Sliceable,
    columns: Mapping[str, Sequence[Any]],
    *,
    definition: EvaluationDefinition,
    wishes: Wishes,
    times: Sequence[datetime] | None = None,
) -> Evaluation:
    """The evaluation of a candidate.

    Args:
        candidate: its name.
        model: its outputs on the holdout, with the labels.
        columns: (rows,) values by name, None where missing: what slices are searched in, and all that ``definition``
            names.
        definition: which columns are looked at in any case.
        wishes: what wrong decisions cost, if it says so.
        times: (rows,) when each row happened; None where rows have no time.
    """
    groups = {name: grouped(name, values) for name, values in columns.items()}
    claims = model.task.confidences(model.labels, model.outputs)
    return Evaluation(
        candidate=candidate,
        metric=model.metric.name,
        rows=len(model.labels),
        declared=declared_slices([groups[name] for name in definition.slices], model),
        worst=worst_slices(list(groups.values()), model),
        fairness=[
            fairness(groups[name], model.labels, model.outputs, task=model.task, seed=model.seed)
            for name in definition.fairness
        ],
        calibration=None if claims is None else calibration_error(*claims, seed=model.seed),
        periods=[] if times is None else periods(times, model),
        cost=model.task.cost_curve(model.labels, model.outputs, wishes),
    )
