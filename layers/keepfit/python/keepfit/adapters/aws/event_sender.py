"""Notices as events of the type ``Notice Given``, for rules of anybody."""

from __future__ import annotations

import msgspec

from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.events import NOTICE_GIVEN
from keepfit.monitoring.notices.notice import Notice, lines


class EventSender:
    """See ``monitoring.notices.records.Sender``."""

    def send(self, notice: Notice) -> None:
        detail = {"id": notice.id, **msgspec.to_builtins(notice), "text": "\n".join(lines(notice))}
        EventBridge().put(NOTICE_GIVEN, detail)
