"""Settles on unseen rows what a candidate's answers are made of: target, calibration, decision, interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import LISTINGS
from keepfit.evaluation.tasks.target import Target
from keepfit.evaluation.tasks.wishes import Wishes
from keepfit.tasks.spec import TaskSpec
from keepfit.training.calibration.base import Calibration
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.calibration.choose import choose_calibration
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.trials.inner_split import Places
from keepfit.training.trials.targets import choose_target

Fit = Callable[[Matrix, Labels, Target], Fitted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What unseen rows chose; ``rows`` is how many they were, 0 where there were too few."""

    target: Target
    spec: TaskSpec
    calibration: Calibration | None = None
    rows: int = 0

    def finished(self, fitted: Fitted, task: TrainingTask) -> Fitted:
        """The model with its calibration."""
        if self.calibration is None:
            return fitted
        return Calibrated(fitted=fitted, calibration=self.calibration, task=task.serving)


def settle(
    features: Matrix,
    labels: Labels,
    places: tuple[Places, Places] | None,
    *,
    task: TrainingTask,
    metric: Metric,
    wishes: Wishes,
    fit: Fit,
) -> Settled:
    """Fits models to seen rows, and chooses by what they make of the unseen ones.

    Args:
        features: (rows, columns) of all training rows.
        labels: (rows,) likewise.
        places: of seen and unseen rows; None where there are too few to choose by.
        task: what labels are.
        metric: what candidates are judged by.
        wishes: what the definition says of answers.
        fit: fits the candidate to rows and a target.
    """
    targets = task.targets(labels)
    if places is None or not _has_choices(targets, task, wishes):
        return Settled(target=targets[0], spec=task.settled(_without_rows(wishes), labels[:0], labels[:0]))
    seen, unseen = places

    def raw_of(target: Target) -> npt.NDArray[np.float64]:
        return fit(features[seen], labels[seen], target).raw(features[unseen])

    target, raw = choose_target(targets, labels[unseen], raw_of=raw_of, read=task.serving.read, metric=metric)
    calibration = None
    if LISTINGS[task.spec.kind].calibrations:
        calibration = choose_calibration(
            raw,
            labels[unseen].astype(np.int64),
            allowed=LISTINGS[task.spec.kind].calibrations,
            wished=wishes.calibration,
        )
    outputs = task.serving.read([raw if calibration is None else calibration.apply(raw)])
    return Settled(
        target=target,
        spec=task.settled(wishes, labels[unseen], outputs),
        calibration=calibration,
        rows=len(unseen),
    )


def _has_choices(targets: list[Target], task: TrainingTask, wishes: Wishes) -> bool:
    calibrates = bool(LISTINGS[task.spec.kind].calibrations) and wishes.calibration != "none"
    decides = wishes.decision is not None and wishes.decision.needs_rows
    return len(targets) > 1 or calibrates or decides or wishes.interval is not None


def _without_rows(wishes: Wishes) -> Wishes:
    """What of the wishes needs no rows."""
    decision = wishes.decision
    return Wishes(decision=None if decision is None or decision.needs_rows else decision)
