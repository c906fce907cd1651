"""How far two models answer alike on the same rows, whoever they are: native and exported, training and serving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Sums of float32 end a few units in the last place apart; a label that such a difference flips was a coin toss.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Row by row: ``difference`` of P(true), 1.0 where one is no number; ``flipped`` labels, decided at one half."""

    difference: npt.NDArray[np.float64]
    flipped: npt.NDArray[np.bool_]

    @property
    def max_difference(self) -> float:
        """0.0 for no rows."""
        return float(self.difference.max(initial=0.0))

    @property
    def flipped_labels(self) -> int:
        return int(self.flipped.sum())

    def passes(self, *, tolerance: float, max_flipped_labels: int) -> bool:
        """Whether no row is further apart than ``tolerance``, and no more labels flip than allowed."""
        return self.max_difference <= tolerance and self.flipped_labels <= max_flipped_labels


def agreement(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> Agreement:
    """Compares (rows,) probabilities of the same rows.

    >>> agreement(np.array([0.2, 0.5000001, np.nan]), np.array([0.2, 0.4999999, 0.7])).flipped.tolist()
    [False, False, True]
    """
    difference = np.abs(one - other)
    difference[~np.isfinite(difference)] = 1.0
    flipped = ((one >= 0.5) != (other >= 0.5)) & (difference > _ROUNDING)
    return Agreement(difference=difference, flipped=flipped)
