"""Tallies of probabilities: of two classes in fine cells, of more a sample of rows."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.estimation.estimator import Answers
from keepfit.monitoring.estimation.summed_tally import SummedTally

# Odds within a cell differ by 1.6 %, from one in nine millions to nine millions to one.
_CELLS: Final = 2_048
_REACH: Final = 16.0
_SMALLEST: Final = 1e-12


class CellTally(SummedTally):
    """P(true) of rows in cells of even steps of its logit; see ``estimator.Tally``.

    A cell is parted where the threshold is, so that both sides are decided as each of their rows was.
    """

    def __init__(self, threshold: float) -> None:
        super().__init__(2 * _CELLS, with_sums=True)
        self._threshold = threshold

    def places(self, answers: Answers) -> npt.NDArray[np.int64]:
        given = answers[:, 0]
        bounded = np.clip(given, _SMALLEST, 1 - _SMALLEST)
        logits = np.log(bounded) - np.log1p(-bounded)
        steps = ((logits + _REACH) * (_CELLS / (2 * _REACH))).astype(np.int64)
        return 2 * np.clip(steps, 0, _CELLS - 1) + (given >= self._threshold)

    @property
    def cells(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """(cells,) mean P(true) and rows of the cells that have any."""
        used = np.flatnonzero(self.counts)
        means = self.sums[used] / self.counts[used]
        below = np.nextafter(self._threshold, -1.0)
        # A mean of equal numbers may round to the other side of the threshold.
        sided = np.where(used % 2, np.maximum(means, self._threshold), np.minimum(means, below))
        return sided, self.counts[used]


class SampleTally:
    """A sample of rows of probabilities, each row as likely in it as any other; see ``estimator.Tally``."""

    def __init__(self, width: int, most: int) -> None:
        self._most, self._random = most, np.random.default_rng(0)
        self._keys, self._answers, self._seen = np.empty(0), np.empty((0, width)), 0

    @property
    def rows(self) -> int:
        return self._seen

    def add(self, answers: Answers) -> None:
        self._seen += len(answers)
        keys = np.concatenate([self._keys, self._random.random(len(answers))])
        if len(keys) > self._most:
            kept = np.sort(np.argpartition(keys, self._most)[: self._most])
        else:
            kept = np.arange(len(keys))
        earlier = kept[kept < len(self._keys)]
        later = kept[len(earlier) :] - len(self._keys)
        self._keys, self._answers = keys[kept], np.concatenate([self._answers[earlier], answers[later]])

    @property
    def sample(self) -> Answers:
        """(rows, width) the sampled answers; all of few."""
        return self._answers
