"""Estimates of each version in each period, from one pass over the predictions of a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.monitoring.estimation.estimate_answers import estimate
from keepfit.monitoring.estimation.estimator import Estimator
from keepfit.monitoring.outcomes.counts import Period
from keepfit.monitoring.outcomes.periods import beginnings
from keepfit.monitoring.profiles.window import WindowRows, tally_answers

Place = tuple[datetime | None, int]
"""When a period begins, None where there is one; and a version."""


def estimates_by_period(
    parts: Iterable[WindowRows],
    estimators: Mapping[int, Estimator],
    *,
    by: Period | None,
    metric: str | None,
    minimum_rows: int,
) -> dict[Place, Estimate]:
    """Estimates the metric of each version in each period, without those that cannot be estimated.

    Args:
        parts: predictions with answers, and with moments where there are periods.
        estimators: by version.
        by: what periods the window is parted into; None for one.
        metric: its name; None for the default of the task.
        minimum_rows: of fewer answers nothing is estimated.
    """
    tallies: dict[Place, Any] = {}
    for part in parts:
        for begin, chosen in beginnings(part.seconds, len(part.versions), by):
            for version, estimator in estimators.items():
                own = chosen & (part.versions == version)
                if own.any():
                    place = begin, version
                    if place not in tallies:
                        tallies[place] = estimator.tally()
                    tally_answers(tallies[place], part, own, width=estimator.width)
    found = {
        place: estimate(estimators[place[1]], tally, metric=metric, minimum_rows=minimum_rows)
        for place, tally in tallies.items()
    }
    return {place: each for place, each in found.items() if each is not None}
