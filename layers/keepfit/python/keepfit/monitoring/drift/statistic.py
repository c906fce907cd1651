"""What a drift statistic is: two rows of counts in, one figure and what to expect of it without drift out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from keepfit.monitoring.profiles.bins import Bins

Counts = Sequence[int]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What a statistic says of one column: its ``value``, and the value ``expected`` when nothing moved."""

    value: float
    expected: float

    @property
    def score(self) -> float:
        """What is left after chance, at least 0: the threshold is for this."""
        return max(0.0, self.value - self.expected)


class Statistic(Protocol):
    """How far a column of a window moved from the reference.

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
