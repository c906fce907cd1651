"""Metrics as scikit-learn has them, so that both sides are measured by code that is neither's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import metrics

Labels = npt.NDArray[Any]
Outputs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """``measure`` takes labels, outputs and the classes in the order of the outputs' columns.

    ``relative`` where differences are shares of the peer's value, and not values of their own.
    """

    measure: Callable[[Labels, Outputs, list[Any]], float]
    greater_is_better: bool = True
    relative: bool = False

    def advantage(self, ours: float, peers: float) -> float:
        """How much better ours is; below 0 where it is worse."""
        better = ours - peers if self.greater_is_better else peers - ours
        return better / abs(peers) if self.relative and peers else better


def _decided(outputs: Outputs, classes: list[Any]) -> Labels:
    decided: Labels = np.asarray(classes)[outputs.argmax(axis=1)]
    return decided


METRICS: Final[dict[str, Metric]] = {
    "roc_auc": Metric(measure=lambda y, p, _: float(metrics.roc_auc_score(y, p[:, 1]))),
    "average_precision": Metric(measure=lambda y, p, _: float(metrics.average_precision_score(y, p[:, 1]))),
    "log_loss": Metric(
        measure=lambda y, p, c: float(metrics.log_loss(y, _renormed(p), labels=c)), greater_is_better=False
    ),
    "accuracy": Metric(measure=lambda y, p, c: float(metrics.accuracy_score(y, _decided(p, c)))),
    "balanced_accuracy": Metric(
        measure=lambda y, p, c: float(metrics.balanced_accuracy_score(y, _decided(p, c)))
    ),
    "f1_macro": Metric(measure=lambda y, p, c: float(metrics.f1_score(y, _decided(p, c), average="macro"))),
    "rmse": Metric(
        measure=lambda y, v, _: float(metrics.root_mean_squared_error(y, v)),
        greater_is_better=False,
        relative=True,
    ),
    "mae": Metric(
        measure=lambda y, v, _: float(metrics.mean_absolute_error(y, v)),
        greater_is_better=False,
        relative=True,
    ),
    "r2": Metric(measure=lambda y, v, _: float(metrics.r2_score(y, v))),
}


def _renormed(probabilities: Outputs) -> Outputs:
    """Rows that sum to one in float64, as scikit-learn wants them."""
    clipped = np.clip(probabilities, 1e-15, 1.0)
    return np.asarray(clipped / clipped.sum(axis=1, keepdims=True), dtype=np.float64)
