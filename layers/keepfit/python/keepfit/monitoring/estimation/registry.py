"""The registry of estimators, by task; a module is imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.monitoring.estimation.confidence_based import ConfidenceBased
from keepfit.monitoring.estimation.direct_loss import DirectLoss
from keepfit.tasks.base import Outputs

# The module that makes each, as ``FIT``.
MODULES: Final[Mapping[str, str]] = {
    "binary": "keepfit.monitoring.estimation.confidence_based",
    "multiclass": "keepfit.monitoring.estimation.confidence_based",
    "regression": "keepfit.monitoring.estimation.direct_loss",
}

AnyEstimator = ConfidenceBased | DirectLoss
"""What a profile may hold."""


def estimator_of(task: TrainingTask, labels: Labels, outputs: Outputs) -> AnyEstimator | None:
    """Fits the estimator of a version that gave ``outputs`` for a holdout of (rows,) ``labels``.

    None where the holdout says too little, or nothing estimates the task.
    """
    module = MODULES.get(task.spec.kind)
    if module is None or not len(labels):
        return None
    try:
        estimator: AnyEstimator = import_module(module).FIT(task, labels, outputs)
    except EmptyWindow:
        return None
    return estimator
