"""The interface of drift statistics: two rows of counts in, a measurement out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from keepfit.monitoring.profiles.bins import Bins

Counts = Sequence[int]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The ``value`` of a statistic for one column, and the value ``expected`` without drift."""

    value: float
    expected: float

    @property
    def score(self) -> float:
        """The value in excess of chance, at least 0, which the threshold applies to."""
        return max(0.0, self.value - self.expected)


class Statistic(Protocol):
    """Measures how far a column of a window has drifted from the reference.

    ``title`` is what people call it; ``method`` says for a report how it is computed, in whole sentences.
    """

    title: str
    method: str

    def measure(self, reference: Counts, window: Counts, bins: Bins) -> Measurement:
        """Compares (bins,) counts of the reference with those of the window; both hold rows.

        The expected value is subtracted rather than the threshold raised, so that one threshold, and the one alarm
        that knows it, fits windows of every size.
        """
        ...
