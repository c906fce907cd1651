"""The ports of notices in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from keepfit.errors import Conflict, KeepfitError
from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.records import NoticeRecord


@dataclass(slots=True, kw_only=True)
class MemoryNotices:
    """See ``monitoring.notices.records.NoticeRecords``."""

    records: dict[tuple[str, str], NoticeRecord] = field(default_factory=dict)

    def find(self, notice: Notice) -> NoticeRecord | None:
        return self.records.get((notice.about, notice.id))

    def newest(self, about: str, limit: int) -> list[NoticeRecord]:
        found = [self.records[key] for key in sorted(self.records, reverse=True) if key[0] == about]
        return found[:limit]

    def replace(self, record: NoticeRecord) -> NoticeRecord:
        key = (record.notice.about, record.notice.id)
        known = self.records.get(key)
        if (known.revision if known else 0) != record.revision:
            raise Conflict(f"the record of {record.notice.id} has another revision by now")
        self.records[key] = msgspec.structs.replace(record, revision=record.revision + 1)
        return self.records[key]


@dataclass(slots=True, kw_only=True)
class MemorySender:
    """See ``monitoring.notices.records.Sender``; refuses as long as there is a ``failure``."""

    sent: list[Notice] = field(default_factory=list)
    failure: KeepfitError | None = None

    def send(self, notice: Notice) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(notice)
