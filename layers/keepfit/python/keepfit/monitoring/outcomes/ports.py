"""The ports of outcomes: predictions joined with what came true of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from keepfit.monitoring.outcomes.pairs import Answered, Joined, Question


class OutcomePairs(Protocol):
    """The collected predictions of one model, and its outcomes."""

    def is_told(self) -> bool:
        """Whether an outcome was ever told."""
        ...

    def join(self, question: Question) -> Joined:
        """The predictions of a window, each id once, with the outcome that counts as of a moment.

        Of outcomes of one prediction that is the one known last, and of those the one uploaded last.
        """
        ...

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:
        """Up to ``limit`` requests that ``version`` answered with ``width`` numbers, with what was asked."""
        ...


class PredictionIndex(Protocol):
    """The ids of the predictions of one model."""

    def held(self, ids: Iterable[str], start: datetime, end: datetime) -> set[str]:
        """Those of ``ids`` that are kept predictions with an event time within [start, end]."""
        ...
