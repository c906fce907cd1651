"""How long after one training the next may start, and how many may in a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition

_TRAINING, _DAY, _HOUR = (Duration.parse(text) for text in ("6h", "1d", "1h"))


class TooEarly(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is wrong with a trigger but that it came before ``until``."""

    until: datetime
    reason: str


def during_cooldown(
    policy: RetrainingDefinition, last_admitted_at: datetime | None, now: datetime
) -> TooEarly | None:
    """Too early where the last run was admitted less than a cooldown ago."""
    if last_admitted_at is None or now >= last_admitted_at + policy.cooldown.delta:
        return None
    until = last_admitted_at + policy.cooldown.delta
    day = "" if until.date() == now.date() else f"{day_of(until)} "
    return TooEarly(until=until, reason=f"cooldown until {day}{until:%H:%M} UTC")


def above_cap(policy: RetrainingDefinition, day: str | None, admitted: int, now: datetime) -> TooEarly | None:
    """Too early where ``now`` is in ``day``, whose trainings are all ``admitted``."""
    if day != day_of(now) or admitted < policy.max_per_day:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    used_up = f"the {policy.max_per_day} trainings of {day} (UTC) are used up"
    return TooEarly(until=midnight, reason=f"{used_up}; the next may start tomorrow")


def longest_execution(baking_limit: Duration, policy: RetrainingDefinition) -> Duration:
    """How long an execution may take: a training with its baking, or the wait until cooldown and cap allow one."""
    training = _TRAINING.seconds + baking_limit.seconds
    waiting = max(policy.cooldown.seconds, _DAY.seconds) + _HOUR.seconds
    return Duration(max(training, waiting))


def day_of(instant: datetime) -> str:
    """The day whose trainings are counted, by UTC.

    >>> from datetime import UTC
    >>> day_of(datetime(2013, 3, 1, 23, 59, tzinfo=UTC))
    '2013-03-01'
    """
    return f"{instant:%Y-%m-%d}"
