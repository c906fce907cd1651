"""A budget of false alarms: thresholds that chance alone reaches as seldom as it allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

from keepfit.instants import Duration
from keepfit.monitoring.drift.decision import Verdict, too_few
from keepfit.monitoring.drift.statistic import Measurement
from keepfit.monitoring.profiles.null_distribution import NullDistribution

MONTH_SECONDS: Final = 365.25 / 12 * 24 * 3600
FORMER_LIMIT: Final = 0.25
"""Of psi, less its expectation: where a profile has no null distributions."""
_MOST: Final = 0.25
_ROUNDS: Final = 50


@dataclass(frozen=True, kw_only=True)
class FalseAlarmBudget:
    """A decision by thresholds of their own for each column and statistic.

    The drift score is the value over its threshold. A false alarm is a stretch of drifted windows where nothing has
    drifted; two that are less than a window apart are one.

    Args:
        per_month: how many false alarms a month of about 30 days may have on average.
        schedule: how often the monitor looks.
        window: how long the windows are that it looks at.
        nulls: the null distributions, by column and statistic.
        of_window_seconds: how long the windows are that the null distributions are of, None where there are none.
        reference_rows: the rows that each column is compared with; of a season fewer than the reference has.
        season: says for a report which rows those are.
        statistics: the names of those that decide.
        minimum_rows: a column with fewer is not judged.
        ignore: columns that are measured and never drift.
    """

    per_month: float
    schedule: Duration
    window: Duration
    nulls: Mapping[str, Mapping[str, NullDistribution]]
    of_window_seconds: float | None
    reference_rows: Mapping[str, int]
    season: str
    statistics: Sequence[str]
    minimum_rows: int
    ignore: Collection[str] = ()

    @property
    def limit(self) -> float:
        """See ``decision.Decision``."""
        return 1.0

    @property
    def comparisons(self) -> int:
        """How many thresholds there are that can raise the alarm."""
        return sum(
            name in self.statistics
            for column, nulls in self.nulls.items()
            if column not in self.ignore
            for name in nulls
        )

    @cached_property
    def alpha(self) -> float:
        """The probability of each comparison to exceed its threshold by chance, each time it is looked at."""
        return alpha_of(
            self.per_month,
            comparisons=max(1, self.comparisons),
            looks=MONTH_SECONDS / self.schedule.seconds,
            windows=MONTH_SECONDS / self.window.seconds,
        )

    @property
    def reason(self) -> str:
        """See ``decision.Decision``."""
        if self.of_window_seconds is None:
            return (
                f"false_alarms_per_month = {self.per_month:g}, and the champion was trained before it was declared: "
                f"until the next training, psi less its expectation from {FORMER_LIMIT:g}"
            )
        says = (
            f"false_alarms_per_month = {self.per_month:g}: a threshold is what chance exceeds with probability "
            f"{self.alpha:.1e}, for {self.comparisons} of them looked at every {self.schedule}, by resampling the "
            f"training data in blocks of time{self.season}"
        )
        if self.of_window_seconds != self.window.seconds:
            says += f"; for windows of {self.of_window_seconds / 86400:g} days, until the next training"
        return says

    def passed_over(self, rows: int) -> str | None:
        """See ``decision.Decision``."""
        return too_few(rows, self.minimum_rows)

    def judge(self, column: str, statistic: str, measured: Measurement, rows: int, /) -> Verdict | None:
        """The value over its threshold."""
        if statistic not in self.statistics and self.of_window_seconds is not None:
            return None
        null = self.nulls.get(column, {}).get(statistic)
        if null is None:
            if statistic != "psi":
                return None
            return Verdict(measured.score / FORMER_LIMIT, FORMER_LIMIT + measured.expected)
        # What rows of a time have in common averages out as one over its length.
        shorter = max(1.0, (self.of_window_seconds or 0.0) / self.window.seconds) ** (1 / null.power)
        least = self.reference_rows.get(column)
        threshold = null.threshold(rows, self.alpha, compared_with=least) * shorter
        return Verdict(measured.value / threshold, threshold)


def alpha_of(per_month: float, *, comparisons: int, looks: float, windows: float) -> float:
    """The probability that each comparison may have to exceed its threshold at each look.

    Looks at windows that overlap exceed together. A stretch of such looks comes about as often as a diffusion climbs
    to a level of probability alpha: 2 ln(1 / alpha) times in the length of a window, times alpha. So that many looks
    count, or all, where the monitor looks less often.

    Args:
        per_month: how many stretches a month may have, over all comparisons.
        comparisons: how many there are; their chances are added up, as if none had to do with another.
        looks: how often the monitor looks in a month.
        windows: how many windows a month has.

    Source: Aldous, Probability Approximations via the Poisson Clumping Heuristic (1989), chapter D.

    >>> round(alpha_of(1, comparisons=1, looks=1, windows=1), 3)
    0.25
    """
    alpha = _MOST
    for _ in range(_ROUNDS):
        counted = min(looks, windows * 2 * log(1 / alpha) + 1)
        alpha = min(_MOST, per_month / (comparisons * max(counted, 1e-9)))
    return alpha
