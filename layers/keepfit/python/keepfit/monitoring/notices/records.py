"""Records of notices: to which channels each went, and whether it arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from keepfit.monitoring.notices.notice import Notice

DeliveryState = Literal["sending", "sent", "failed"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery of a notice by one channel; ``reason`` is why it failed."""

    state: DeliveryState
    at: datetime
    reason: str | None = None


class NoticeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A notice and its deliveries, by the channels' names.

    ``withheld`` is why nobody was told of it. ``revision`` counts the changes of this record.
    """

    notice: Notice
    taken_at: datetime
    deliveries: dict[str, Delivery] = {}
    withheld: str | None = None
    revision: int = 0


class NoticeRecords(Protocol):
    """Stores the notices about all models and the platform."""

    def find(self, notice: Notice) -> NoticeRecord | None:
        """The record of this change, never an older state of it; None for one that is new."""
        ...

    def newest(self, about: str, limit: int) -> list[NoticeRecord]:
        """Up to ``limit`` records about a model or the platform, the newest changes first."""
        ...

    def replace(self, record: NoticeRecord) -> NoticeRecord:
        """Writes what follows the revision of ``record``, and returns it as it is kept.

        Raises:
            Conflict: it has another revision by now; read again and decide again.
        """
        ...


class Sender(Protocol):
    """Sends notices to people or programs, by one channel."""

    def send(self, notice: Notice) -> None:
        """Sends a notice; returns when it was taken.

        Raises:
            KeepfitError: it was not. No error holds a secret: what it says is recorded.
        """
        ...
