"""The period of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keepfit.instants import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``start`` to ``end``, both included; None where that end is open."""

    start: datetime | None
    end: datetime | None

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.meets(instant, instant)

    def meets(self, start: datetime, end: datetime | None) -> bool:
        """Whether a span, which may go on, has an instant in it."""
        begun = self.end is None or start <= self.end
        return begun and (self.start is None or end is None or end >= self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks for: a first instant, or how far to look back from the last one; and a last one."""

    first: datetime | Duration | None = None
    last: datetime | None = None

    def period(self, instants: Sequence[datetime]) -> Period:
        """The period among all ``instants`` of which something is known."""
        end = self.last or max(instants, default=None)
        if isinstance(self.first, Duration):
            return Period(start=None if end is None else end - self.first.delta, end=end)
        return Period(start=self.first, end=end)

    def since(self, period: Period, instants: Sequence[datetime]) -> datetime | None:
        """Where the axis begins: with the period, or with the first of ``instants`` where that is open."""
        return period.start or min(instants, default=None)
