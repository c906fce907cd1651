"""Metrics of values: how far predictions are from (rows,) float64 labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.metrics.sums import Sums, mean_of, root_mean_of
from keepfit.tasks.base import Outputs

# A share of nothing has no end; as scikit-learn has it.
_MIN_SCALE = float(np.finfo(np.float64).eps)


def _squares(labels: Labels, outputs: Outputs) -> npt.NDArray[np.float64]:
    return (outputs.astype(np.float64) - labels) ** 2


def _distances(labels: Labels, outputs: Outputs) -> npt.NDArray[np.float64]:
    return np.abs(outputs.astype(np.float64) - labels)


def _shares(labels: Labels, outputs: Outputs) -> npt.NDArray[np.float64]:
    return _distances(labels, outputs) / np.maximum(np.abs(labels), _MIN_SCALE)


def _rmse(labels: Labels, outputs: Outputs) -> Sums:
    return root_mean_of(_squares(labels, outputs))


def _mae(labels: Labels, outputs: Outputs) -> Sums:
    return mean_of(_distances(labels, outputs))


def _mape(labels: Labels, outputs: Outputs) -> Sums:
    return mean_of(_shares(labels, outputs))


def _r2(labels: Labels, outputs: Outputs) -> Sums:
    # Of centred labels the sum of squares loses no digits.
    centred = labels - labels.mean()
    return Sums(
        np.column_stack([_squares(labels, outputs), centred**2, centred, np.ones(len(labels))]), _explained
    )


def _explained(sums: npt.NDArray[np.float64]) -> Figures:
    """1 less the share of the variance that is left; 0 where there is none."""
    variance = sums[:, 1] - sums[:, 2] ** 2 / sums[:, 3]
    return 1 - np.divide(sums[:, 0], variance, out=np.ones(len(sums)), where=variance > 0)


def _always(of: Callable[[Labels], float]) -> Callable[[Labels, Outputs], Outputs]:
    return lambda labels, outputs: np.full(outputs.shape, of(labels), dtype=np.float64)


def _mean(labels: Labels) -> float:
    return float(labels.mean())


def _median(labels: Labels) -> float:
    return float(np.median(labels))


def _weighted_median(labels: Labels) -> float:
    """The label at which half of the sum of all 1 / |label| is reached: no constant has a lower mape."""
    order = np.argsort(labels, kind="stable")
    weights = np.cumsum(1 / np.maximum(np.abs(labels[order]), _MIN_SCALE))
    return float(labels[order][np.searchsorted(weights, weights[-1] / 2)])


def _metric(
    name: str,
    title: str,
    prepare: Callable[[Labels, Outputs], Sums],
    constant: Callable[[Labels], float],
    row_losses: Callable[[Labels, Outputs], Figures],
) -> Metric:
    return Metric(
        name=name,
        title=title,
        greater_is_better=False,
        bounds=(0.0, float("inf")),
        prepare=prepare,
        constant=_always(constant),
        row_losses=row_losses,
    )


RMSE = _metric("rmse", "root mean squared error", _rmse, _mean, _squares)
MAE = _metric("mae", "mean absolute error", _mae, _median, _distances)
MAPE = _metric("mape", "mean absolute percentage error", _mape, _weighted_median, _shares)
R2 = Metric(
    name="r2",
    title="R²",
    greater_is_better=True,
    bounds=(float("-inf"), 1.0),
    prepare=_r2,
    constant=_always(_mean),
    row_losses=_squares,
)


def pinball(level: float) -> Metric:
    """The pinball loss, which the quantile at ``level`` has the least of.

    Source: Koenker & Bassett, Regression Quantiles (1978).
    """

    def losses(labels: Labels, outputs: Outputs) -> Figures:
        below = labels - outputs.astype(np.float64)
        return np.maximum(level * below, (level - 1) * below)

    return _metric(
        "pinball",
        f"pinball loss at {level:g}",
        lambda labels, outputs: mean_of(losses(labels, outputs)),
        lambda labels: float(np.quantile(labels, level, method="inverted_cdf")),
        losses,
    )
