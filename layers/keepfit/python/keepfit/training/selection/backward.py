"""The backward check: whether fits to fewer columns are surely worse on validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keepfit.evaluation.bootstrap import bootstrap
from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.selection.learner import Block, learn
from keepfit.training.trials.validation import Fold

CERTAINTY = 0.95
"""Fewer columns are surely worse where they are so in this share of resamples."""
_FITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The metric with more columns and with fewer, and the share of resamples in which fewer are worse."""

    more: float
    fewer: float
    worse: float

    @property
    def sure(self) -> bool:
        """Whether fewer are surely worse."""
        return self.worse >= CERTAINTY


class BackwardCheck:
    """Compares sets of columns by the same rows that validate; remembers what each set answered."""

    def __init__(self, folds: Sequence[Fold], *, task: TrainingTask, metric: Metric, seed: int) -> None:
        self._folds, self._task, self._metric, self._seed = folds, task, metric, seed
        self._labels = np.concatenate([fold.asked.labels for fold in folds])
        self._outputs: dict[tuple[str, ...], Outputs] = {}

    def loss(self, more: Sequence[str], fewer: Sequence[str]) -> Loss:
        """How much worse fits to ``fewer`` columns are than to ``more``."""
        prepared = {
            name: self._metric.prepare(self._labels, self._answers(tuple(columns)))
            for name, columns in (("more", more), ("fewer", fewer))
        }
        resampled = bootstrap(prepared, strata=self._task.strata(self._labels), seed=self._seed)
        gain = np.asarray(self._metric.gain(resampled["fewer"], resampled["more"]))
        return Loss(
            more=prepared["more"].value(), fewer=prepared["fewer"].value(), worse=float((gain < 0).mean())
        )

    def _answers(self, columns: tuple[str, ...]) -> Outputs:
        """The mean of several fits' outputs: what one draws by chance says nothing of the columns."""
        if columns not in self._outputs:
            blocks = [Block(column=column) for column in columns]
            self._outputs[columns] = self._task.serving.read(
                [np.mean([self._raw(blocks, fit) for fit in range(_FITS)], axis=0)]
            )
        return self._outputs[columns]

    def _raw(self, blocks: Sequence[Block], fit: int) -> Outputs:
        random = np.random.default_rng([self._seed, fit])
        learned = [learn(fold, blocks, self._task, share=1.0, random=random) for fold in self._folds]
        return np.concatenate([each.raw() for each in learned])
