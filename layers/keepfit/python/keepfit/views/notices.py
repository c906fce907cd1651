"""The view of notices: what people were told, by which channels, and what did not arrive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from keepfit.monitoring.notices.notice import NoticeKind
from keepfit.monitoring.notices.records import DeliveryState, NoticeRecord, NoticeRecords


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice by one channel; ``reason`` is why it failed."""

    channel: str
    state: DeliveryState
    at: datetime
    reason: str | None


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A change, and the deliveries of its notice; ``withheld`` is why there are none."""

    about: str
    kind: NoticeKind
    title: str
    since: datetime
    facts: list[str]
    deliveries: list[DeliveryView]
    withheld: str | None

    @property
    def failed(self) -> bool:
        """Whether a channel did not take it."""
        return any(each.state == "failed" for each in self.deliveries)


def read_notices(
    records: NoticeRecords, abouts: Iterable[str], limit: int, *, failed: bool = False
) -> list[NoticeView]:
    """Reads the newest ``limit`` notices about each model or the platform, or those that failed."""
    found = [view_notice(record) for about in abouts for record in records.newest(about, limit)]
    found.sort(key=lambda each: each.since, reverse=True)
    return [each for each in found if each.failed or not failed]


def view_notice(record: NoticeRecord) -> NoticeView:
    """One record as people look at it."""
    notice = record.notice
    return NoticeView(
        about=notice.about,
        kind=notice.kind,
        title=notice.title,
        since=notice.since,
        facts=notice.facts,
        deliveries=[
            DeliveryView(channel=name, state=each.state, at=each.at, reason=each.reason)
            for name, each in record.deliveries.items()
        ],
        withheld=record.withheld,
    )
