"""Direct loss estimation: the expected loss of a prediction, learned from the holdout.

What the holdout lost is averaged over predictions that are near each other, and a window expects the loss of its own
predictions: the holdout's mean loss, with rows weighted by how much more frequent their predictions are in the window.
Only that the loss goes with the prediction is learned: a loss that goes with an input which the prediction does not
show is not seen.

Sources: NannyML, Direct Loss Estimation, nannyml.readthedocs.io, which learns it by boosted trees of the inputs too;
of the weights, Sugiyama, Krauledat and Müller, Covariate shift adaptation by importance weighted cross validation,
Journal of Machine Learning Research 8 (2007).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.estimation.estimator import NORMAL, Answers
from keepfit.monitoring.estimation.summed_tally import SummedTally
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec

Floats = npt.NDArray[np.float64]

_MOST_BINS, _ROWS_OF_A_BIN = 20, 50
_ROOT, _EXPLAINED = "rmse", "r2"


class Moments(msgspec.Struct, frozen=True, kw_only=True):
    """(bins,) means and variances of what rows of each bin have."""

    mean: list[float]
    variance: list[float]


class BinTally(SummedTally):
    """Predictions counted between ``edges``; see ``estimator.Tally``."""

    def __init__(self, edges: list[float]) -> None:
        super().__init__(len(edges) + 1, with_sums=False)
        self._edges = np.array(edges)

    def places(self, answers: Answers) -> npt.NDArray[np.int64]:
        return np.searchsorted(self._edges, answers[:, 0], side="left")


class DirectLoss(msgspec.Struct, frozen=True, kw_only=True, tag="direct_loss"):
    """Estimates by the losses of predictions like them; see ``estimator.Estimator``.

    ``edges`` are between predictions, ``counts`` the holdout's rows between them; ``losses`` are by metric, and
    ``labels`` are the holdout's.
    """

    task: TaskSpec
    judged: dict[str, float]
    edges: list[float]
    counts: list[int]
    losses: dict[str, Moments]
    labels: Moments

    @property
    def width(self) -> int:
        return 1

    @property
    def method(self) -> str:
        return (
            f"Estimated by what {sum(self.counts):,} rows of the version's holdout lost with predictions like these "
            "(direct loss estimation). It is true as long as a prediction misses as far as it did there: where the "
            "label itself depends on inputs in another way, only outcomes show it."
        )

    def tally(self) -> BinTally:
        return BinTally(self.edges)

    def estimate(self, tally: BinTally, metrics: Iterable[str]) -> dict[str, Estimate]:
        if not tally.rows:
            raise EmptyWindow("no answer of this version is in the window")
        known = training_task_of(self.task).metrics
        return {name: self._estimate(known[name], tally.counts) for name in metrics}

    def _estimate(self, metric: Metric, counts: npt.NDArray[np.int64]) -> Estimate:
        """The mean loss; of a root its root, and of explained variance what the loss leaves of it."""
        losses, rows = self.losses[metric.name], counts.sum()
        shares, variances = counts / rows, np.array(losses.variance)
        mean = float(shares @ np.array(losses.mean))
        # Outcomes scatter around what is expected of them, and the holdout scattered, too.
        spread = float((shares / rows + shares**2 / np.array(self.counts)) @ variances)
        if metric.name == _EXPLAINED:
            return self._explained(metric, mean, spread, shares, int(rows))
        half = NORMAL * sqrt(spread)
        ends = mean - half, mean, mean + half
        low, value, high = (sqrt(max(0.0, end)) for end in ends) if metric.name == _ROOT else ends
        return Estimate(value=value, interval=(max(metric.bounds[0], low), high))

    def _explained(self, metric: Metric, mean: float, spread: float, shares: Floats, rows: int) -> Estimate:
        """1 less the mean square over the variance of labels, which is estimated as well."""
        centres, within = np.array(self.labels.mean), np.array(self.labels.variance)
        variance = float(shares @ (within + centres**2) - (shares @ centres) ** 2)
        if variance <= 0 or mean <= 0:
            raise EmptyWindow("nothing varies in the labels to be expected")
        value = 1 - mean / variance
        scatter = spread / mean**2 + 2 / rows + 2 / sum(self.counts)
        half = NORMAL * (1 - value) * sqrt(scatter)
        return Estimate(value=value, interval=(value - half, min(metric.bounds[1], value + half)))


def fit(task: TrainingTask, labels: Labels, outputs: Outputs) -> DirectLoss:
    """The estimator of a version that gave (rows,) ``outputs`` for a holdout of (rows,) ``labels``."""
    given, actual = outputs.astype(np.float64), labels.astype(np.float64)
    bins = min(_MOST_BINS, max(1, len(given) // _ROWS_OF_A_BIN))
    edges = np.unique(np.quantile(given, np.arange(1, bins) / bins, method="inverted_cdf"))
    edges = edges[edges < given.max()]
    places = np.searchsorted(edges, given, side="left")
    losses = {
        name: metric.row_losses(actual, given)
        for name, metric in task.metrics.items()
        if metric.row_losses is not None
    }
    return DirectLoss(
        task=task.spec,
        judged={name: metric.value(labels, outputs) for name, metric in task.metrics.items()},
        edges=edges.tolist(),
        counts=np.bincount(places, minlength=len(edges) + 1).tolist(),
        losses={name: _moments(places, each, len(edges) + 1) for name, each in losses.items()},
        labels=_moments(places, actual, len(edges) + 1),
    )


def _moments(places: npt.NDArray[np.int64], values: Floats, bins: int) -> Moments:
    rows = np.bincount(places, minlength=bins)
    mean = np.bincount(places, weights=values, minlength=bins) / rows
    variance = np.bincount(places, weights=(values - mean[places]) ** 2, minlength=bins) / rows
    return Moments(mean=mean.tolist(), variance=variance.tolist())


FIT = fit
