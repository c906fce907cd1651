"""The contract of NoticeRecords: one record for a change, which nobody overwrites unread."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from keepfit.adapters.aws.dynamodb_notices import DynamoNotices
from keepfit.adapters.memory.notices import MemoryNotices
from keepfit.errors import Conflict
from keepfit.monitoring.notices.records import Delivery, NoticeRecord, NoticeRecords
from tests.unit.monitoring.support.notices import AT, notice


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest) -> NoticeRecords:
    if request.param == "memory":
        return MemoryNotices()
    return DynamoNotices(table=request.getfixturevalue("registry_table"))


def taken(minute: int, alarm: str = "keepfit-delay-drift") -> NoticeRecord:
    return NoticeRecord(notice=notice(minute, alarm=alarm), taken_at=AT + timedelta(minutes=minute))


def test_a_change_that_is_new_has_no_record(records: NoticeRecords) -> None:
    assert records.find(notice()) is None
    assert records.newest("delay", 5) == []


def test_what_was_written_is_found_as_it_was_returned(records: NoticeRecords) -> None:
    kept = records.replace(taken(0))
    assert kept == msgspec.structs.replace(taken(0), revision=1)
    assert records.find(notice()) == kept


def test_what_follows_what_was_read_takes_its_place(records: NoticeRecords) -> None:
    kept = records.replace(taken(0))
    failed = Delivery(state="failed", at=AT, reason="the webhook answers 404")
    sent = Delivery(state="sent", at=AT)
    following = records.replace(msgspec.structs.replace(kept, deliveries={"chat": failed, "team": sent}))
    assert following.revision == 2
    assert records.find(notice()) == following


def test_what_was_read_before_another_write_is_not_written(records: NoticeRecords) -> None:
    kept = records.replace(taken(0))
    following = records.replace(msgspec.structs.replace(kept, withheld="too often"))
    with pytest.raises(Conflict):
        records.replace(kept)
    with pytest.raises(Conflict):
        records.replace(taken(0))
    assert records.find(notice()) == following


def test_the_newest_changes_of_one_model_come_first_whenever_they_were_written(
    records: NoticeRecords,
) -> None:
    for minute in (2, 1, 3):
        records.replace(taken(minute))
    records.replace(taken(4, alarm="keepfit-other-drift"))
    newest = [record.notice.since for record in records.newest("delay", 2)]
    assert newest == [AT + timedelta(minutes=3), AT + timedelta(minutes=2)]
    assert [record.notice.about for record in records.newest("other", 9)] == ["other"]
