"""Counts of outcomes and of predictions."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

Period = Literal["hour", "day", "week"]

MAX_UNKNOWN_IDS: Final = 10_000
"""Are named."""


class ToldOutcomes(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of the rows of outcomes that were known.

    Every row is one of these: ``matched`` with predictions of the window, ``elsewhere``, where the model gave the
    prediction at another time, ``unknown``, ``duplicates``, which another that was known later repeats, and
    ``corrected``, whose place one that was known later takes. Outcomes that are joined by fields are never
    ``elsewhere`` or ``unknown``, but ``unasked``: nobody asked for a prediction of theirs in the window.
    ``unknown_ids`` are the first of those that are unknown.
    """

    rows: int = 0
    matched: int = 0
    elsewhere: int = 0
    unknown: int = 0
    unasked: int = 0
    duplicates: int = 0
    corrected: int = 0
    unknown_ids: list[str] = []


class PredictionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The predictions of one version in one period, which begins at ``period``; None where there is one.

    ``outcomes`` have one, of which ``late`` came later than expected; of the others ``overdue`` should have one, and
    ``pending`` may yet get one. ``unanswered`` have one, but were collected by a release that kept no answers.
    """

    version: int
    period: datetime | None
    predictions: int
    outcomes: int
    late: int
    pending: int
    overdue: int
    unanswered: int = 0
