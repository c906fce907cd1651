"""Figures of values: what is predicted beside what came, and what is left over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.results import Line
from keepfit.tasks.base import Outputs

_BINS = 20
_QUANTILES = {"10 %": 0.1, "the median": 0.5, "90 %": 0.9}


def predicted_and_actual(labels: Labels, outputs: Outputs) -> Line:
    """Rows in the order of their predictions, in bins of about equal size: both means."""
    bins = _bins(outputs)
    return Line(
        title="Predicted and actual",
        across="predicted, mean of the bin",
        up="actual, mean of the bin",
        points=[(float(outputs[rows].mean()), float(labels[rows].mean())) for rows in bins],
        rows=[len(rows) for rows in bins],
    )


def residuals(labels: Labels, outputs: Outputs) -> list[Line]:
    """What the actual values are above the predicted ones, by prediction: its median and where 80 % lie."""
    bins, left = _bins(outputs), labels - outputs
    return [
        Line(
            title=f"Residuals, {name}",
            across="predicted, mean of the bin",
            up="actual less predicted",
            points=[(float(outputs[rows].mean()), float(np.quantile(left[rows], level))) for rows in bins],
            rows=[len(rows) for rows in bins],
            terms=("predicted", "above it"),
            ideal="zero",
        )
        for name, level in _QUANTILES.items()
    ]


def _bins(outputs: Outputs) -> list[npt.NDArray[np.int64]]:
    """(rows,) places of each bin; of few rows, few bins."""
    order = np.argsort(outputs, kind="stable")
    return [rows for rows in np.array_split(order, min(_BINS, max(len(order) // 5, 1))) if len(rows)]
