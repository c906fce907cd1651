"""Importance of columns for answers to validation rows, against shadows: copies that know nothing.

A shadow has a column's values in another order. A model that is fitted to columns and shadows together makes some use
of each by chance, and what the best shadow is worth is what chance gives.

Source: Kursa and Rudnicki, Feature selection with the Boruta package, Journal of Statistical Software 36(11) (2010),
here with permutation importance on rows that were not learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.selection.learner import Block, Random, learn
from keepfit.training.trials.validation import Fold

REPEATS = 5
"""Fits of each fold, each to another part of its rows and with other shadows."""
MIN_SHADOWS = 8
"""The best of fewer would be beaten by chance too often, so that few columns have several shadows each."""
MAX_FOLDS = 3
"""Of more, the last are asked: by time, their fits have learned from most rows."""
_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """What a column is worth, in each repeat, beside the best shadow.

    Args:
        losses: (repeats,) how much worse the metric is where the column's values are permuted.
        shadows: (repeats,) the largest such loss of any shadow, at least 0.
    """

    losses: npt.NDArray[np.float64]
    shadows: npt.NDArray[np.float64]

    @property
    def helps(self) -> bool:
        """Whether the column is worth more than chance, on the whole and in most repeats."""
        better = self.losses > self.shadows
        return bool(self.losses.mean() > self.shadows.mean() and 2 * better.sum() > len(better))


def importances(
    folds: Sequence[Fold],
    columns: Sequence[str],
    *,
    task: TrainingTask,
    metric: Metric,
    seed: Sequence[int],
) -> dict[str, Importance]:
    """The importance of each of ``columns``, which alone are learned from.

    Raises:
        EmptyWindow: nothing can be learned of a part of the rows.
    """
    repeats = [
        _losses(
            folds[-MAX_FOLDS:],
            columns,
            task=task,
            metric=metric,
            random=np.random.default_rng([*seed, repeat]),
        )
        for repeat in range(REPEATS)
    ]
    losses = np.array(repeats)
    shadows = losses[:, len(columns) :].max(axis=1).clip(min=0)
    return {
        column: Importance(losses=losses[:, place], shadows=shadows) for place, column in enumerate(columns)
    }


def _losses(
    folds: Sequence[Fold], columns: Sequence[str], *, task: TrainingTask, metric: Metric, random: Random
) -> list[float]:
    """The loss of each column, then that of each shadow, in one repeat."""
    shadows = -(-MIN_SHADOWS // len(columns))
    blocks = [Block(column=column, shadow=shadow > 0) for shadow in range(shadows + 1) for column in columns]
    learned = [learn(fold, blocks, task, share=_SHARE, random=random) for fold in folds]
    labels = np.concatenate([fold.asked.labels for fold in folds])

    def measure(permuted: int | None) -> float:
        raw = np.concatenate([each.raw(permuted, random) for each in learned])
        return metric.value(labels, task.serving.read([raw]))

    whole = measure(None)
    return [float(metric.gain(whole, measure(block))) for block in range(len(blocks))]
