"""Tallies that are sums alone, so that those of hours add up to that of a month."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.estimation.estimator import Answers


class SummedTally:
    """Rows by cell, and where wanted the sum of their answers; see ``estimator.Tally``.

    ``counts`` are (cells,) rows, ``sums`` (cells,) sums of the first number of each answer, (0,) where none are wanted.
    """

    def __init__(self, cells: int, *, with_sums: bool) -> None:
        self.counts = np.zeros(cells, np.int64)
        self.sums = np.zeros(cells if with_sums else 0)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    def add(self, answers: Answers) -> None:
        found = self.places(answers)
        self.counts += np.bincount(found, minlength=len(self.counts))
        if len(self.sums):
            self.sums += np.bincount(found, weights=answers[:, 0], minlength=len(self.sums))

    def places(self, answers: Answers) -> npt.NDArray[np.int64]:
        """(rows,) the cell of each answer."""
        raise NotImplementedError

    def merge(self, counts: npt.NDArray[np.int64], sums: npt.NDArray[np.float64]) -> None:
        """Adds what another tally of the same kind has counted."""
        self.counts += counts
        self.sums += sums
