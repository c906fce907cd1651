"""The loss of each row by itself, by which two models are compared where rows are few."""

from __future__ import annotations

from typing import Final

from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs

_OF_PROBABILITIES: Final = "log_loss"


def row_losses(task: TrainingTask, metric: Metric, labels: Labels, outputs: Outputs) -> Figures:
    """(rows,) the loss of each row: the metric's, or log loss where the metric needs many rows at once.

    A ranking within few rows says nothing of how they rank among all others; log loss does, and rewards a true order
    too.
    """
    losses = metric.row_losses or task.metrics[_OF_PROBABILITIES].row_losses
    if losses is None:
        raise LookupError(f"neither {metric.name} nor {_OF_PROBABILITIES} has a loss of each row")
    return losses(labels, outputs)
