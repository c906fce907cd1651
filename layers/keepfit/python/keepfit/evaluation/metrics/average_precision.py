"""The average precision: the share of true rows above each cut, for rare true labels.

Source: Manning, Raghavan & Schütze, Introduction to Information Retrieval (2008), 8.4; ties as scikit-learn has them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Figures, Labels, Metric, Weights
from keepfit.tasks.base import Outputs


class Cuts:
    """The cuts between rows of different scores, the highest first; see ``base.Prepared``.

    Raises:
        EmptyWindow: no label is true.
    """

    def __init__(self, labels: npt.NDArray[np.bool_], scores: Outputs) -> None:
        if not labels.any():
            raise EmptyWindow(
                f"none of {len(labels)} holdout rows is true; a longer training.holdout may hold some"
            )
        self._order = np.argsort(-scores, kind="stable")
        self._labels = labels[self._order]
        self._last_of_score = np.append(np.flatnonzero(np.diff(scores[self._order])), len(scores) - 1)

    def value(self) -> float:
        """Over all rows, each once."""
        return float(self.values(np.ones((1, len(self._order)), dtype=np.int32))[0])

    def values(self, weights: Weights) -> Figures:
        """(resamples,) in each resample."""
        ordered = weights[:, self._order]
        above = np.cumsum(ordered, axis=1)[:, self._last_of_score].astype(np.float64)
        true = np.cumsum(ordered * self._labels, axis=1)[:, self._last_of_score].astype(np.float64)
        precision = np.divide(true, above, out=np.zeros_like(true), where=above > 0)
        gained = np.diff(true, axis=1, prepend=0.0)
        return np.asarray((gained * precision).sum(axis=1) / true[:, -1], dtype=np.float64)


def _constant(_labels: Labels, outputs: Outputs) -> Outputs:
    """Any constant has the share of true labels."""
    return np.full(outputs.shape, 0.5)


AVERAGE_PRECISION = Metric(
    name="average_precision",
    title="average precision",
    greater_is_better=True,
    bounds=(0.0, 1.0),
    prepare=Cuts,
    constant=_constant,
)
