"""Training rows that a candidate is not fitted to at first: what is chosen for its answers is chosen on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask

_UNSEEN = 0.2
_LEAST_ROWS = 50

Places = npt.NDArray[np.int64]


def inner_split(
    labels: Labels, *, task: TrainingTask, by_time: bool, seed: int
) -> tuple[Places, Places] | None:
    """The places of rows that are seen and of those that are not; None where too few rows could tell anything.

    By time the newest fifth is unseen; else a fifth of each stratum is drawn. A row whose label no seen row has is
    seen.

    Args:
        labels: (rows,) of the training rows, oldest first.
        task: what labels are.
        by_time: whether what judges is newer than what trains.
        seed: of what is drawn.
    """
    rows = len(labels)
    unseen = np.arange(rows) >= rows - int(rows * _UNSEEN) if by_time else _drawn(task.strata(labels), seed)
    if task.estimator == "classifier":
        unseen &= np.isin(labels, labels[~unseen])
    if unseen.sum() < _LEAST_ROWS or task.refuse(labels[~unseen]) or task.refuse(labels[unseen]):
        return None
    return np.flatnonzero(~unseen), np.flatnonzero(unseen)


def _drawn(strata: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.bool_]:
    """(rows,) a fifth of each stratum."""
    order = np.lexsort([np.random.default_rng(seed).random(len(strata)), strata])
    rank = np.empty(len(strata), dtype=np.int64)
    starts = np.searchsorted(strata[order], strata[order])
    rank[order] = np.arange(len(strata)) - starts
    sizes = np.bincount(np.unique(strata, return_inverse=True)[1])
    return np.asarray(rank < (sizes * _UNSEEN).astype(np.int64)[np.unique(strata, return_inverse=True)[1]])
