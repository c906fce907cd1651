"""The interface of drift statistics: two rows of counts in, a measurement out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.errors import EmptyWindow

Counts = Sequence[int] | NDArray[Any]
Floats = NDArray[np.float64]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The ``value`` of a statistic for one column, and the value ``expected`` without drift."""

    value: float
    expected: float

    @property
    def score(self) -> float:
        """The value in excess of chance, at least 0, which the threshold applies to."""
        return max(0.0, self.value - self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Counts of a reference and of a window in the same bins, one pair or many.

    Args:
        reference: (..., bins) rows.
        window: (..., bins) rows.
        edges: (bins - 1,) ascending numbers, one between each two bins; empty where bins have no order.
        spread: the standard deviation of the reference's numbers; 0 where bins have no order.

    Raises:
        EmptyWindow: no row in one of both.
    """

    reference: Floats
    window: Floats
    edges: Floats
    spread: float = 0.0

    def __post_init__(self) -> None:
        if not (self.reference.sum(axis=-1).all() and self.window.sum(axis=-1).all()):
            raise EmptyWindow("a drift statistic needs at least one row in both windows")

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """(..., bins) shares of the rows, of the reference and of the window."""
        return _shares(self.reference), _shares(self.window)

    @property
    def distributions(self) -> tuple[Floats, Floats]:
        """(..., bins - 1) shares of the rows at or below each edge, of the reference and of the window."""
        return _at_or_below(self.reference), _at_or_below(self.window)

    @property
    def used(self) -> int:
        """The number of bins that hold a row, of one pair."""
        return int(((self.reference > 0) | (self.window > 0)).sum())

    @property
    def chance(self) -> float:
        """1 / n + 1 / m for n rows of the reference and m of the window, of one pair."""
        return float(1 / self.reference.sum() + 1 / self.window.sum())


class Statistic(Protocol):
    """Measures how far a column of a window has drifted from the reference.

    ``title`` is what people call it; ``method`` says for a report how it is computed, in whole sentences.
    """

    title: str
    method: str

    @property
    def over(self) -> Literal["pools", "grid"]:
        """What it reads: bins of any column, small ones pooled, or the fine grid of a column of numbers."""
        ...

    @property
    def power(self) -> Literal[1, 2]:
        """The power of it that is about a sum of squares where nothing drifts, as a chi-square is."""
        ...

    def distance(self, compared: Compared) -> Floats:
        """(...,) how far each window is from its reference, 0 where shares are the same."""
        ...

    def expected(self, compared: Compared) -> float:
        """The distance that one pair has by chance alone on average, if rows do not depend on each other.

        It is subtracted rather than the threshold raised, so that one threshold, and the one alarm that knows it, fits
        windows of every size.
        """
        ...


def _shares(counts: Floats) -> Floats:
    shares: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return shares


def _at_or_below(counts: Floats) -> Floats:
    # Whole numbers add up without a rounding error, shares do not.
    rows = np.cumsum(counts, axis=-1)
    return np.asarray(rows[..., :-1] / rows[..., -1:])
