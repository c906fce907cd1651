"""The rate limits of trainings: cooldown, daily cap, budget of a month, back-off after failures."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition

TRAINING, _SEGMENTS, _MONTH, _DAY, _HOUR = (Duration.parse(text) for text in ("14h", "7h", "31d", "1d", "1h"))


class TooEarly(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger that is too early: nothing else is wrong with it, and ``until`` it must wait."""

    until: datetime
    reason: str


def during_cooldown(
    policy: RetrainingDefinition, last_admitted_at: datetime | None, now: datetime
) -> TooEarly | None:
    """Too early where the last run was admitted less than a cooldown ago."""
    if last_admitted_at is None or now >= last_admitted_at + policy.cooldown.delta:
        return None
    until = last_admitted_at + policy.cooldown.delta
    return TooEarly(until=until, reason=f"cooldown until {_clock(until, now)}")


def above_cap(policy: RetrainingDefinition, day: str | None, admitted: int, now: datetime) -> TooEarly | None:
    """Too early where the daily cap of ``day`` is used up and ``now`` is in that day."""
    if day != day_of(now) or admitted < policy.max_per_day:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    used_up = f"the {policy.max_per_day} trainings of {day} (UTC) are used up"
    return TooEarly(until=midnight, reason=f"{used_up}; the next may start tomorrow")


def above_budget(
    policy: RetrainingDefinition, month: str | None, trained: int, now: datetime
) -> TooEarly | None:
    """Too early where the budget of ``month`` is used up and ``now`` is in that month."""
    budget = policy.max_per_month
    if budget is None or month != month_of(now) or trained < budget:
        return None
    day_in_next = now.replace(day=28, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=4)
    until = day_in_next.replace(day=1)
    used_up = f"the budget of {budget} trainings a month is used up for {month} (UTC)"
    return TooEarly(until=until, reason=f"{used_up}; the next may start on {day_of(until)}")


def backing_off(
    policy: RetrainingDefinition, failures: int, last_at: datetime, now: datetime
) -> TooEarly | None:
    """Too early where the last of so many ``failures`` in a row is less ago than the next attempt waits.

    Each wait is twice as long as the one before it, up to a day.
    """
    wait = min(policy.retry_after.delta * 2 ** (failures - 1), max(_DAY.delta, policy.retry_after.delta))
    until = last_at + wait
    if now >= until:
        return None
    attempt = f"attempt {failures + 1} of {policy.retries + 1}"
    return TooEarly(until=until, reason=f"{attempt} waits until {_clock(until, now)}")


def longest_execution(
    trial: Duration,
    policy: RetrainingDefinition,
    *,
    segmented: bool = False,
    joined: bool = False,
) -> Duration:
    """The longest duration of an execution: training and a challenger's ``trial``, or waiting.

    The wait is for the end of the cooldown, of the day of a used up cap or of the month of a used up budget. Where it
    is ``segmented``, batches of segments are trained after candidates; where features are ``joined`` by a job, that
    goes before them.
    """
    training = TRAINING.seconds + trial.seconds + (_SEGMENTS.seconds if segmented else 0)
    training += 3 * _HOUR.seconds if joined else 0
    capped = _DAY if policy.max_per_month is None else _MONTH
    waiting = max(policy.cooldown.seconds, capped.seconds) + _HOUR.seconds
    return Duration(max(training, waiting))


def day_of(instant: datetime) -> str:
    """The UTC day whose trainings are counted.

    >>> from datetime import UTC
    >>> day_of(datetime(2013, 3, 1, 23, 59, tzinfo=UTC))
    '2013-03-01'
    """
    return f"{instant:%Y-%m-%d}"


def month_of(instant: datetime) -> str:
    """The UTC month whose trainings are counted.

    >>> from datetime import UTC
    >>> month_of(datetime(2013, 3, 31, 23, 59, tzinfo=UTC))
    '2013-03'
    """
    return f"{instant:%Y-%m}"


def _clock(until: datetime, now: datetime) -> str:
    """An instant as a reason has it: with its day where that is another one."""
    day = "" if until.date() == now.date() else f"{day_of(until)} "
    return f"{day}{until:%H:%M} UTC"
