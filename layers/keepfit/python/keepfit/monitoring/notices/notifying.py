"""Notifying: sends the notice of a change once by every channel, and records each delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from keepfit.errors import Conflict
from keepfit.monitoring.notices.channel_definition import ChannelDefinition
from keepfit.monitoring.notices.flapping import changes_before, with_warning, withheld
from keepfit.monitoring.notices.notice import Notice
from keepfit.monitoring.notices.records import (
    Delivery,
    DeliveryState,
    NoticeRecord,
    NoticeRecords,
    Sender,
)

EVENT_BUS: Final = "event-bus"
"""The channel that is always there: notices as events. No defined channel has a name with a hyphen."""
TIMEOUT: Final = timedelta(seconds=330)
"""A sender that has not come back by then is dead: the function that runs it has five minutes."""
_CUT_OFF: Final = (
    "the function ended while it sent; whether it arrived is not known, and it is not sent twice"
)
_RECENT: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """Sends notices by the channels of a project, and records each delivery.

    A delivery is written down before it begins: a notice that is announced again, or whose function died, is sent by
    no channel twice. ``senders`` has one for each of ``channels``, and one for the event bus.
    """

    channels: Mapping[str, ChannelDefinition]
    senders: Mapping[str, Sender]
    records: NoticeRecords
    now: Callable[[], datetime]

    def tell(self, notice: Notice) -> NoticeRecord:
        """Sends a notice, unless that was done, or the same alarm has changed too often.

        A channel that fails is recorded with its reason, and holds up nothing.

        Raises:
            Transient: the record cannot be read or written; the same call goes on where this one ended.
        """
        record = self._begun(notice)
        if record.withheld is not None:
            return record
        taking = [name for name, channel in self.channels.items() if channel.takes(notice)]
        for name in [EVENT_BUS, *taking]:
            record = self._once(record, name)
        return record

    def _begun(self, notice: Notice) -> NoticeRecord:
        """The record of the change: the one that is there, or a new one."""
        known = self.records.find(notice)
        if known is not None:
            return known
        before = changes_before(notice, self.records.newest(notice.about, _RECENT))
        new = NoticeRecord(
            notice=with_warning(notice, before), taken_at=self.now(), withheld=withheld(notice, before)
        )
        try:
            return self.records.replace(new)
        except Conflict:
            return self._read(notice)

    def _once(self, record: NoticeRecord, name: str) -> NoticeRecord:
        """Sends by one channel, unless that was begun before."""
        while (begun := record.deliveries.get(name)) is None:
            try:
                record = self._written(record, name, "sending")
            except Conflict:
                record = self._read(record.notice)
                continue
            failure = self._failure(name, record.notice)
            return self._settled(record, name, "failed" if failure else "sent", failure)
        if begun.state == "sending" and self.now() - begun.at > TIMEOUT:
            return self._settled(record, name, "failed", _CUT_OFF)
        return record

    def _failure(self, name: str, notice: Notice) -> str | None:
        """Sends; why it was not taken, None where it was."""
        try:
            self.senders[name].send(notice)
        except Exception as error:  # noqa: BLE001  whatever a channel fails by, the others are not held up
            return f"{type(error).__name__}: {error}"
        return None

    def _settled(
        self, record: NoticeRecord, name: str, state: DeliveryState, reason: str | None
    ) -> NoticeRecord:
        while True:
            try:
                return self._written(record, name, state, reason)
            except Conflict:
                record = self._read(record.notice)

    def _written(
        self, record: NoticeRecord, name: str, state: DeliveryState, reason: str | None = None
    ) -> NoticeRecord:
        delivery = Delivery(state=state, at=self.now(), reason=reason)
        following = msgspec.structs.replace(record, deliveries={**record.deliveries, name: delivery})
        return self.records.replace(following)

    def _read(self, notice: Notice) -> NoticeRecord:
        record = self.records.find(notice)
        if record is None:
            raise Conflict(f"the record of the notice {notice.id} went away while it was written; call again")
        return record
