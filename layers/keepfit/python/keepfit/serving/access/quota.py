"""The quota of a client: how many requests it may send a second, at once and a day."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not named is not limited; ``burst`` comes with a ``rate``."""

    rate: Annotated[
        Annotated[float, Meta(gt=0, le=100_000)] | None,
        Meta(description="requests a second that each client may send for long"),
    ] = None
    burst: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="requests that it may send at once; left out, those of a second, and one at least"),
    ] = None
    per_day: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000_000)] | None,
        Meta(description="requests from midnight to midnight, UTC"),
    ] = None

    @property
    def at_once(self) -> int:
        """How many requests it may send at once; 0 where nothing limits that."""
        if self.rate is None:
            return 0
        return self.burst or max(1, math.ceil(self.rate))

    @property
    def interval_us(self) -> int:
        """Microseconds after which one more request is allowed; 0 where nothing limits that."""
        return 0 if self.rate is None else max(1, round(1_000_000 / self.rate))

    def __str__(self) -> str:
        """As people read it.

        >>> str(Quota(rate=10, per_day=5000))
        '10 requests a second (10 at once) and 5,000 a day'
        """
        parts = []
        if self.rate is not None:
            parts.append(f"{self.rate:g} requests a second ({self.at_once} at once)")
        if self.per_day is not None:
            parts.append(f"{self.per_day:,} {'a day' if parts else 'requests a day'}")
        return " and ".join(parts)


def until_midnight(at: datetime) -> float:
    """The seconds that are left of the day, UTC."""
    midnight = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), UTC)
    return (midnight - at).total_seconds()
