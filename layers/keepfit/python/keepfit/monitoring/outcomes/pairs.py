"""Predictions of a window joined with their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.outcomes.counts import Period, PredictionCounts, ToldOutcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is joined.

    Args:
        start: of the window, by the event time of predictions; both ends belong to it.
        end: of the window.
        as_of: outcomes that were known later do not count.
        by: what periods the window is parted into, in UTC, weeks from Monday; None for one.
        expected_within: how long after its event the outcome of a prediction is expected; None where it is not said.
        everywhere: whether outcomes without a prediction in the window are looked for among all others; without, they
            count as unknown.
    """

    start: datetime
    end: datetime
    as_of: datetime
    by: Period | None = None
    expected_within: timedelta | None = None
    everywhere: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Answers of one version with their outcomes, in the order of prediction ids.

    Args:
        version: that answered.
        answers: (rows, width) what it gave.
        outcomes: (rows,) in the type of the field.
        periods: (rows,) the number of the period, in the order of ``counts``; see ``Joined``.
    """

    version: int
    answers: npt.NDArray[np.float64]
    outcomes: npt.NDArray[Any]
    periods: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Requests that one version answered and whose outcomes are known, in the order of prediction ids.

    Args:
        answers: (rows, width) what it gave.
        outcomes: (rows,) in the type of the field.
        instances: (rows) what was asked, as JSON values by column.
        columns: that were collected of any of them.
    """

    answers: npt.NDArray[np.float64]
    outcomes: npt.NDArray[Any]
    instances: list[dict[str, Any]]
    columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The predictions of a window with their outcomes.

    Args:
        told: the outcomes.
        counts: of predictions, by period and version.
        pairs: by version and by the number of its outputs; a pair's period is a place in ``counts``.
        dataset_version: of the outcomes; None before the first.
    """

    told: ToldOutcomes
    counts: list[PredictionCounts]
    pairs: list[Pairs]
    dataset_version: int | None
