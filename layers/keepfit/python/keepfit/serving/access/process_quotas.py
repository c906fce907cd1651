"""QuotaStore of one process, in memory: the generic cell rate algorithm, and a count of the day.

Source: ITU-T I.371; the theoretical arrival time of the next request says how far a client is ahead of its rate.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from keepfit.serving.access.quota import Quota, until_midnight


class ProcessQuotas:
    """See ``serving.access.metering.QuotaStore``; what was held yesterday is forgotten."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, int]] = {}
        self._day: date | None = None

    def take(self, account: str, requests: int, quota: Quota, at: float) -> float:
        day = datetime.fromtimestamp(at, UTC)
        if day.date() != self._day:
            self._held, self._day = {}, day.date()
        now = int(at * 1_000_000)
        arrival, used = self._held.get(account, (0, 0))
        ahead = max(arrival, now) + requests * quota.interval_us
        if quota.per_day is not None and used + requests > quota.per_day:
            return until_midnight(day)
        late = ahead - now - quota.at_once * quota.interval_us
        if late > 0:
            return late / 1_000_000
        self._held[account] = ahead, used + requests
        return 0.0
