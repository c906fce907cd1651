"""The state rules of CloudWatch alarms.

Source: "Configuring how CloudWatch alarms treat missing data" and "Premature state transitions", Amazon
CloudWatch User Guide; tests/localcloud/test_alarm_evaluation.py holds the guide's tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

# CloudWatch looks this many periods further back than it evaluates, to find real data points.
EXTRA_PERIODS = 2


class AlarmState(StrEnum):
    """The three states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """How periods without data count (``TreatMissingData``)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


def next_state(
    breaches: Sequence[bool | None],
    *,
    current: AlarmState,
    periods: int,
    to_alarm: int,
    missing: Missing,
) -> AlarmState:
    """The state an alarm should be in.

    Args:
        breaches: one entry per period, oldest first, ``periods + EXTRA_PERIODS`` of them: whether the period's
            data point breaches the threshold, None where there is no data.
        current: the state it is in.
        periods: evaluation periods (N).
        to_alarm: data points to alarm (M).
        missing: how missing periods count.

    >>> next_state([None, None, True, None, None], current=AlarmState.OK, periods=3, to_alarm=3,
    ...            missing=Missing.MISSING)
    <AlarmState.ALARM: 'ALARM'>
    """
    known = [breach for breach in breaches if breach is not None][-periods:]
    filled = periods - len(known)
    breaching = sum(known)
    if filled and missing is Missing.BREACHING:
        breaching += filled
    if breaching >= to_alarm:
        return AlarmState.ALARM
    if not filled or missing in (Missing.BREACHING, Missing.NOT_BREACHING) or not all(known):
        return AlarmState.OK
    # Fewer real data points than periods, none of which is below the threshold.
    if missing is Missing.IGNORE:
        return current
    if not known:
        return AlarmState.INSUFFICIENT_DATA
    return AlarmState.ALARM if _oldest_age(breaches) >= to_alarm else current


def _oldest_age(breaches: Sequence[bool | None]) -> int:
    """How many periods ago the oldest data point is, counting the newest period as one."""
    return len(breaches) - next(index for index, breach in enumerate(breaches) if breach is not None)
