"""Settles steps, target, calibration, decision and interval of a candidate on rows that validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import LISTINGS, training_task_of
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.calibration.base import Calibration
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.calibration.choose import choose_calibration
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted
from keepfit.training.trials.early_stopping import MIN_ROWS
from keepfit.training.trials.targets import choose_target
from keepfit.training.trials.validation import Raw, Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The choices of the rows that validate, and the outputs for those that follow, if there are any."""

    target: Target
    spec: TaskSpec
    calibration: Calibration | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    labels: Labels | None = None
    outputs: Outputs | None = None

    @property
    def task(self) -> TrainingTask:
        """The task as it is settled."""
        return training_task_of(self.spec)

    def continued(self, candidate: CandidateDefinition) -> CandidateDefinition:
        """The candidate for a fit to all rows, of which none could stop it: with the steps that were chosen."""
        return msgspec.structs.replace(candidate, parameters={**candidate.parameters, **self.parameters})

    def finished(self, fitted: Fitted) -> Fitted:
        """The model with its calibration."""
        if self.calibration is None:
            return fitted
        return Calibrated(fitted=fitted, calibration=self.calibration, task=self.task.serving)

    def without_calibration(
        self, validation: Validation | None, targets: Sequence[Target], *, metric: Metric, wishes: Wishes
    ) -> Settled:
        """What is settled of a model that is not calibrated."""
        plain = msgspec.structs.replace(wishes, calibration="none")
        return settle(validation, targets, task=self.task, metric=metric, wishes=plain)


def settle(
    validation: Validation | None,
    targets: Sequence[Target],
    *,
    task: TrainingTask,
    metric: Metric,
    wishes: Wishes,
) -> Settled:
    """Chooses by what fits made of rows that they had not seen.

    Args:
        validation: their answers; None where there are none.
        targets: what may be learned, in the order of ``validation.raw``.
        task: what labels are.
        metric: what candidates are judged by.
        wishes: what the definition says of answers.
    """
    few = _without_rows(wishes)
    if validation is None:
        nothing = np.empty(0)
        return Settled(target=targets[0], spec=task.settled(few, nothing, nothing))
    labels, read = validation.labels, task.serving.read
    if len(labels) < MIN_ROWS:
        outputs = read([validation.raw[0]])
        return Settled(
            target=targets[0], spec=task.settled(few, labels, outputs), labels=labels, outputs=outputs
        )
    target, raw = choose_target(targets, labels, validation.raw, read=read, metric=metric)
    calibration = _calibration(raw, labels, task, wishes)
    outputs = read([raw if calibration is None else calibration.apply(raw)])
    return Settled(
        target=target,
        spec=task.settled(wishes, labels, outputs),
        calibration=calibration,
        parameters=validation.parameters_of(targets, target),
        labels=labels,
        outputs=outputs,
    )


def _calibration(raw: Raw, labels: Labels, task: TrainingTask, wishes: Wishes) -> Calibration | None:
    allowed = LISTINGS[task.spec.kind].calibrations
    if not allowed:
        return None
    return choose_calibration(raw, labels.astype(np.int64), allowed=allowed, wished=wishes.calibration)


def _without_rows(wishes: Wishes) -> Wishes:
    """What of the wishes needs no rows."""
    decision = wishes.decision
    return Wishes(decision=None if decision is None or decision.needs_rows else decision)
