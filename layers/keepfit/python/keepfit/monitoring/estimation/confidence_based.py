"""Confidence-based performance estimation: the metrics that calibrated probabilities expect.

Each answer is true with its calibrated probability, so that a metric has a value to be expected without any outcome.
How far outcomes may be from that is drawn: a calibration from its posterior, then outcomes by it.

Source: NannyML, Confidence-based Performance Estimation, nannyml.readthedocs.io, which calibrates by isotonic
regression and draws no outcomes; Kivimäki et al., Confidence-based estimators for predictive performance in model
monitoring, Journal of Artificial Intelligence Research 82 (2025).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.monitoring.estimation.calibration import calibrated, fitted
from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.estimation.estimator import NORMAL
from keepfit.monitoring.estimation.tallies import CellTally, SampleTally
from keepfit.tasks.base import Outputs
from keepfit.tasks.binary import Binary
from keepfit.tasks.spec import TaskSpec

Floats = npt.NDArray[np.float64]

_LEAST_OF_A_CLASS: Final = 5
_MOST_ROWS, _MOST_NUMBERS, _LEAST_ROWS = 10_000, 200_000, 500
_SEED: Final = 0


class ConfidenceBased(msgspec.Struct, frozen=True, kw_only=True, tag="confidence_based"):
    """Estimates by calibrated probabilities; see ``estimator.Estimator``.

    ``slopes`` and ``offsets`` are (1 + draws, classes), see ``calibration``; ``rows`` were calibrated by.
    """

    task: TaskSpec
    judged: dict[str, float]
    rows: int
    slopes: list[list[float]]
    offsets: list[list[float]]

    @property
    def width(self) -> int:
        return len(self.task.classes or [None])

    @property
    def method(self) -> str:
        return (
            f"Estimated by the probabilities that the version answered, calibrated on {self.rows:,} rows of its "
            "holdout (confidence-based performance estimation). It is true as long as a probability means what it "
            "meant there: where the label itself depends on inputs in another way, only outcomes show it."
        )

    def tally(self) -> CellTally | SampleTally:
        if self.task.classes is None:
            return CellTally(Binary(self.task).threshold)
        most = min(_MOST_ROWS, max(_LEAST_ROWS, _MOST_NUMBERS // self.width))
        return SampleTally(self.width, most)

    def estimate(self, tally: CellTally | SampleTally, metrics: Iterable[str]) -> dict[str, Estimate]:
        task = training_task_of(self.task)
        named = {name: task.metrics[name] for name in metrics}
        if isinstance(tally, CellTally):
            return self._of_two(named, *tally.cells)
        return self._of_many(named, tally.sample)

    def _of_two(
        self, metrics: Mapping[str, Metric], scores: Floats, rows: npt.NDArray[np.int64]
    ) -> dict[str, Estimate]:
        """Each cell counts as its true rows and its false ones."""
        true = np.stack([self._true(scores, place) for place in range(len(self.slopes))])
        expected = rows * true[0]
        if min(expected.sum(), (rows - expected).sum()) < _LEAST_OF_A_CLASS:
            raise EmptyWindow(f"{expected.sum():.1f} of {rows.sum()} answers are expected to be true")
        drawn = np.random.default_rng(_SEED).binomial(rows, true[1:])
        weights = np.vstack([expected, drawn])
        both = np.concatenate([weights, rows - weights], axis=1)
        labels, outputs = np.repeat([True, False], len(scores)), np.tile(scores, 2)
        found = {}
        for name, metric in metrics.items():
            with np.errstate(invalid="ignore", divide="ignore"):
                values = metric.prepare(labels, outputs).values(both)
            found[name] = _estimate(metric, float(values[0]), values[1:])
        return found

    def _true(self, scores: Floats, place: int) -> Floats:
        pair = np.column_stack([1 - scores, scores])
        return calibrated(pair, np.array(self.slopes[place]), np.array(self.offsets[place]))[:, 1]

    def _of_many(self, metrics: Mapping[str, Metric], answers: Floats) -> dict[str, Estimate]:
        """The metrics of drawn outcomes.

        Of a sample outcomes scatter more than those of all, which is more than the sample is off.
        """
        random, values = np.random.default_rng(_SEED), dict[str, list[float]]()
        for slopes, offsets in zip(self.slopes[1:], self.offsets[1:], strict=True):
            sums = calibrated(answers, np.array(slopes), np.array(offsets)).cumsum(axis=1)
            labels = (random.random((len(answers), 1)) * sums[:, -1:] >= sums).sum(axis=1)
            for name, metric in metrics.items():
                values.setdefault(name, []).append(metric.value(np.minimum(labels, self.width - 1), answers))
        return {
            name: _estimate(metric, float(np.mean(values[name])), np.array(values[name]))
            for name, metric in metrics.items()
        }


def _estimate(metric: Metric, value: float, drawn: Floats) -> Estimate:
    half = NORMAL * float(np.nanstd(drawn, ddof=1))
    low, high = metric.bounds
    return Estimate(value=value, interval=(max(low, value - half), min(high, value + half)))


def fit(task: TrainingTask, labels: Labels, outputs: Outputs) -> ConfidenceBased:
    """The estimator of a version that gave ``outputs`` for a holdout of (rows,) ``labels``."""
    classes = labels.astype(np.int64)
    known = classes >= 0
    pairs = outputs.astype(np.float64)
    if pairs.ndim == 1:
        pairs = np.column_stack([1 - pairs, pairs])
    found = fitted(pairs[known], classes[known])
    return ConfidenceBased(
        task=task.spec,
        judged={name: metric.value(labels, outputs) for name, metric in task.metrics.items()},
        rows=int(known.sum()),
        slopes=found.slopes.tolist(),
        offsets=found.offsets.tolist(),
    )


FIT = fit
