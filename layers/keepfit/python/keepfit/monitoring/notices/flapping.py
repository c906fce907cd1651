"""Flapping: an alarm that changes again and again gives a few notices an hour, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.records import NoticeRecord

MOST_CHANGES: Final = 4
"""So many changes of one alarm within ``PERIOD`` are told: it sounds and is over, twice."""
PERIOD: Final = timedelta(hours=1)
_LAST: Final = (
    "it changes often: whatever it does within the hour is recorded and told nobody; look for yourself"
)


def changes_before(notice: Notice, recent: Iterable[NoticeRecord]) -> int:
    """How many changes of the same alarm were told in the period before this one."""
    return sum(
        record.withheld is None
        and (record.notice.kind, record.notice.subject) == (notice.kind, notice.subject)
        and timedelta(0) <= notice.since - record.notice.since < PERIOD
        for record in recent
    )


def withheld(notice: Notice, before: int) -> str | None:
    """The reason to withhold a notice after so many others; None where it is to be sent."""
    if notice.kind != "alarm" or before < MOST_CHANGES:
        return None
    return f"{notice.subject} changed {before} times in the hour before, and people were told so"


def with_warning(notice: Notice, before: int) -> Notice:
    """The notice, which says so where it is the last one of this alarm for a while."""
    if notice.kind != "alarm" or before != MOST_CHANGES - 1:
        return notice
    return msgspec.structs.replace(notice, facts=[*notice.facts, _LAST])
