"""People are told once of each change, by each channel that takes it, and a channel that fails is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.adapters.memory.notices import MemoryNotices, MemorySender
from keepfit.errors import Conflict, ServiceUnavailable
from keepfit.monitoring.notices.channel_definition import ChannelDefinition
from keepfit.monitoring.notices.flapping import MOST_CHANGES, PERIOD
from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.notifying import EVENT_BUS, TIMEOUT, Notifying
from keepfit.monitoring.notices.read_event import trial_notice
from keepfit.monitoring.notices.records import Delivery, NoticeRecord
from tests.unit.monitoring.support.notices import AT, notice

MAIL = ChannelDefinition(mail=["ada@example.org"])


@dataclass
class Office:
    """A project's channels, each with its sender, and the time."""

    channels: dict[str, ChannelDefinition] = field(default_factory=lambda: {"team": MAIL})
    records: MemoryNotices = field(default_factory=MemoryNotices)
    senders: dict[str, MemorySender] = field(default_factory=dict)
    now: datetime = AT

    def tell(self, told: Notice) -> NoticeRecord:
        for name in (EVENT_BUS, *self.channels):
            self.senders.setdefault(name, MemorySender())
        return Notifying(
            channels=self.channels, senders=self.senders, records=self.records, now=lambda: self.now
        ).tell(told)

    def sent(self, channel: str = "team") -> list[str]:
        return [each.state for each in self.senders[channel].sent]


def test_a_change_is_told_by_every_channel_and_the_event_bus() -> None:
    office = Office()
    record = office.tell(notice())
    assert office.sent() == office.sent(EVENT_BUS) == ["ALARM"]
    assert {name: each.state for name, each in record.deliveries.items()} == {
        EVENT_BUS: "sent",
        "team": "sent",
    }


def test_a_change_that_is_announced_again_is_told_once() -> None:
    office = Office()
    first = office.tell(notice())
    assert [office.tell(notice()) for _ in range(5)] == [first] * 5
    assert office.sent() == ["ALARM"]


def test_a_channel_may_be_for_some_models_and_some_kinds_alone() -> None:
    others = ChannelDefinition(mail=["b@example.org"], models=["lateness"])
    releases = ChannelDefinition(mail=["c@example.org"], about=["release", "approval"])
    office = Office(channels={"team": MAIL, "others": others, "releases": releases})
    record = office.tell(notice())
    assert set(record.deliveries) == {EVENT_BUS, "team"}
    assert set(office.tell(trial_notice("ada", AT)).deliveries) == {EVENT_BUS, *office.channels}


def test_a_channel_that_fails_is_recorded_and_holds_up_no_other() -> None:
    office = Office(channels={"broken": MAIL, "team": MAIL})
    office.senders["broken"] = MemorySender(failure=ServiceUnavailable("the webhook answers 503"))
    record = office.tell(notice())
    assert record.deliveries["broken"] == Delivery(
        state="failed", at=AT, reason="ServiceUnavailable: the webhook answers 503"
    )
    assert office.sent() == ["ALARM"]
    office.senders["broken"].failure = None
    office.tell(notice())
    assert office.sent("broken") == []


def test_an_error_that_nobody_foresaw_is_recorded_too() -> None:
    class Broken(MemorySender):
        def send(self, notice: Notice) -> None:
            raise RuntimeError(f"out of order at {notice.since:%H:%M}")

    office = Office()
    office.senders["team"] = Broken()
    assert office.tell(notice()).deliveries["team"].reason == "RuntimeError: out of order at 12:00"


def test_a_delivery_that_was_cut_off_is_not_made_twice_and_says_so() -> None:
    class Dying(MemorySender):
        def send(self, notice: Notice) -> None:
            self.sent.append(notice)
            raise KeyboardInterrupt

    office = Office(channels={"first": MAIL, "second": MAIL})
    office.senders["first"] = Dying()
    with pytest.raises(KeyboardInterrupt):
        office.tell(notice())
    office.now += TIMEOUT
    assert office.tell(notice()).deliveries["first"].state == "sending"
    assert office.sent("second") == ["ALARM"]
    office.now += timedelta(seconds=1)
    cut_off = office.tell(notice()).deliveries["first"]
    assert (cut_off.state, office.sent("first")) == ("failed", ["ALARM"])
    assert "whether it arrived is not known" in str(cut_off.reason)


def test_two_that_tell_of_the_same_at_once_send_once_by_each_channel() -> None:
    office = Office(channels={"first": MAIL, "second": MAIL})

    class Overtaken(MemorySender):
        def send(self, notice: Notice) -> None:
            self.sent.append(notice)
            if len(self.sent) == 1:
                office.tell(notice)

    office.senders["first"] = Overtaken()
    record = office.tell(notice())
    assert office.sent("first") == office.sent("second") == ["ALARM"]
    assert {each.state for each in record.deliveries.values()} == {"sent"}


def test_what_was_written_first_counts_where_two_begin_at_once() -> None:
    office = Office()

    class Slow(MemoryNotices):
        def find(self, notice: Notice) -> NoticeRecord | None:
            found = MemoryNotices.find(self, notice)
            if found is None and not self.records:
                MemoryNotices.replace(self, NoticeRecord(notice=notice, taken_at=AT))
            return found

    office.records = Slow()
    assert office.tell(notice()).revision == 1 + 2 * 2
    assert office.sent() == ["ALARM"]


def test_a_record_that_went_away_meanwhile_is_a_conflict() -> None:
    class Forgetful(MemoryNotices):
        def replace(self, record: NoticeRecord) -> NoticeRecord:
            raise Conflict(f"somebody else writes {record.notice.id}")

    office = Office(records=Forgetful())
    with pytest.raises(Conflict, match="went away"):
        office.tell(notice())


def test_an_alarm_that_flaps_is_told_a_few_times_an_hour_and_then_says_so() -> None:
    office = Office()
    states = ["ALARM", "OK"] * 4
    records = [office.tell(notice(minute, state)) for minute, state in enumerate(states)]
    assert office.sent() == office.sent(EVENT_BUS) == states[:MOST_CHANGES]
    assert "it changes often" in records[MOST_CHANGES - 1].notice.facts[-1]
    assert all(not each.deliveries and each.withheld for each in records[MOST_CHANGES:])
    assert office.tell(notice(60, "ALARM")).withheld is None


def test_alarms_do_not_use_up_each_other_nor_what_is_no_alarm() -> None:
    office = Office()
    for minute in range(MOST_CHANGES):
        office.tell(notice(minute, ["ALARM", "OK"][minute % 2]))
    other = notice(MOST_CHANGES, alarm="keepfit-delay-heartbeat")
    release = msgspec.structs.replace(notice(MOST_CHANGES), kind="release")
    assert office.tell(other).withheld is None
    assert office.tell(release).withheld is None
    assert office.tell(notice(MOST_CHANGES)).withheld is not None


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True).map(sorted))
def test_no_hour_has_more_of_one_alarm_than_it_may(minutes: list[int]) -> None:
    office = Office()
    for turn, minute in enumerate(minutes):
        office.tell(notice(minute, ["ALARM", "OK"][turn % 2]))
    told = [each.since for each in office.senders.get("team", MemorySender()).sent]
    assert told[0] == AT + timedelta(minutes=minutes[0])
    for start in told:
        assert sum(start <= each < start + PERIOD for each in told) <= MOST_CHANGES
