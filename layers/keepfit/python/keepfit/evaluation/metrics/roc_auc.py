"""The area under the ROC curve: how well scores rank true labels above false ones.

Source: the area as a rank sum: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Figures, Labels, Metric, Weights
from keepfit.tasks.base import Outputs


class Ranking:
    """The order of the holdout by given scores, ready to be weighted many times.

    Args:
        labels: (rows,) the answers, of bool; both must occur.
        scores: (rows,) finite; higher means rather true. Equal scores share their rank.

    Raises:
        EmptyWindow: no true or no false label, so nothing can be ranked.
    """

    def __init__(self, labels: npt.NDArray[np.bool_], scores: Outputs) -> None:
        if labels.all() or not labels.any():
            raise EmptyWindow(
                f"all {len(labels)} holdout rows have the same label; a longer training.holdout may hold both"
            )
        order = np.argsort(scores, kind="stable")
        self._true = order[labels[order]]
        self._false = order[~labels[order]]
        falses = scores[self._false]
        trues = scores[self._true]
        self._below = np.searchsorted(falses, trues, side="left")
        self._not_above = np.searchsorted(falses, trues, side="right")

    def value(self) -> float:
        """The area under the ROC curve: the chance that a true row outscores a false one.

        Ties count half.
        """
        return float((self._below + self._not_above).mean() / (2 * len(self._false)))

    def values(self, weights: Weights) -> Figures:
        """(resamples,) areas; ``weights`` (resamples, rows) is the number of times each row counts."""
        falses = np.zeros((len(weights), len(self._false) + 1), dtype=np.float64)
        np.cumsum(weights[:, self._false], axis=1, out=falses[:, 1:])
        trues = weights[:, self._true]
        won = (trues * (falses[:, self._below] + falses[:, self._not_above])).sum(axis=1)
        return np.asarray(won / (2 * trues.sum(axis=1) * falses[:, -1]), dtype=np.float64)


def roc_auc(labels: npt.NDArray[np.bool_], scores: Outputs) -> float:
    """The area under the ROC curve; see ``Ranking``.

    >>> roc_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    return Ranking(labels, scores).value()


def _constant(_labels: Labels, outputs: Outputs) -> Outputs:
    """Any constant has an area of one half."""
    return np.full_like(outputs, 0.5, dtype=np.float64)


ROC_AUC = Metric(
    name="roc_auc",
    title="ROC AUC",
    greater_is_better=True,
    bounds=(0.0, 1.0),
    prepare=Ranking,
    constant=_constant,
)
