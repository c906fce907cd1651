"""The drift decision: a column drifts when its score reaches a threshold, given enough rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from keepfit.monitoring.drift.statistic import Measurement


class Verdict(NamedTuple):
    """The drift score of a measurement, and the value of the statistic from which the column has drifted."""

    score: float
    threshold: float


class Decision(Protocol):
    """Decides which columns have drifted: those whose score reaches ``limit``.

    Columns that are to ``ignore`` are measured and never drift.
    """

    @property
    def limit(self) -> float:
        """The drift score from which a column has drifted."""
        ...

    @property
    def ignore(self) -> Collection[str]:
        """The names of the columns that never drift."""
        ...

    @property
    def reason(self) -> str:
        """Why thresholds are what they are, for a report."""
        ...

    def passed_over(self, rows: int) -> str | None:
        """The reason why a column with so few rows is not judged; None where it is."""
        ...

    def judge(self, column: str, statistic: str, measured: Measurement, rows: int, /) -> Verdict | None:
        """The verdict on a column of ``rows`` rows; None where ``statistic`` decides nothing about it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A decision by one threshold for all columns, which is for one ``statistic``.

    ``minimum_rows`` keeps out the windows where even the spread around the expectation could reach the limit; columns
    that are to ``ignore`` are measured and never drift.
    """

    limit: float
    minimum_rows: int
    ignore: Collection[str] = ()
    statistic: str = "psi"

    @property
    def reason(self) -> str:
        """See ``Decision``."""
        return f"drift_threshold = {self.limit:g}, for {self.statistic} less its expectation without drift"

    def passed_over(self, rows: int) -> str | None:
        """See ``Decision``."""
        return too_few(rows, self.minimum_rows)

    def judge(self, _column: str, statistic: str, measured: Measurement, _rows: int, /) -> Verdict | None:
        """The value in excess of chance, by the one statistic that the threshold is for."""
        if statistic != self.statistic:
            return None
        return Verdict(measured.score, self.limit + measured.expected)


def too_few(rows: int, minimum_rows: int) -> str | None:
    """The reason why so few rows are not judged; None where they are."""
    if rows < minimum_rows or not rows:
        return f"{rows} rows in the window, at least {minimum_rows} are needed"
    return None
