"""Records of notices, in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.records import NoticeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoNotices:
    """See ``monitoring.notices.records.NoticeRecords``; ids of notices sort by the time of the change."""

    table: str

    def find(self, notice: Notice) -> NoticeRecord | None:
        return self._items(notice.about).get(notice.id, NoticeRecord)

    def newest(self, about: str, limit: int) -> list[NoticeRecord]:
        return self._items(about).newest("", NoticeRecord, limit)

    def replace(self, record: NoticeRecord) -> NoticeRecord:
        following = msgspec.structs.replace(record, revision=record.revision + 1)
        items, key = self._items(record.notice.about), record.notice.id
        if record.revision == 0:
            items.put_new(key, following)
        else:
            items.put(key, following, condition="revision = :read", read=record.revision)
        return following

    def _items(self, about: str) -> ModelItems:
        return ModelItems(table=self.table, model=about, kind="notices")
