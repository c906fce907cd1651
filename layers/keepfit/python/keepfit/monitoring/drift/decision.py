"""The drift decision: a column drifts when its score reaches a threshold, given enough rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A decision by one threshold for all columns.

    ``minimum_rows`` keeps out the windows where even the spread around the expectation could reach the limit; columns
    that are to ``ignore`` are measured and never drift.
    """

    limit: float
    minimum_rows: int
    ignore: Collection[str] = ()

    def passed_over(self, rows: int) -> str | None:
        """The reason why a column with so few rows is not judged; None where it is."""
        if rows < self.minimum_rows or not rows:
            return f"{rows} rows in the window, at least {self.minimum_rows} are needed"
        return None

    def drifted(self, column: str, score: float) -> bool:
        """Whether ``score`` reaches the threshold."""
        return column not in self.ignore and score >= self.limit
