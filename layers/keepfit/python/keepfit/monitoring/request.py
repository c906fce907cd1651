"""The request to a run of the monitor: its window, and whether to rebaseline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from keepfit.errors import InvalidDefinition
from keepfit.instants import from_iso
from keepfit.monitoring.reports.report import Occasion


class MonitorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parsed request of a run.

    ``rebaseline`` marks the run after a promotion, which lets the alarm go back to OK. An explicit ``window`` is
    somebody looking at the past: it is reported, and alarms do not hear of it.
    """

    rebaseline: bool = False
    window: tuple[datetime, datetime] | None = None

    @property
    def occasion(self) -> Occasion:
        if self.window is not None:
            return "asked"
        return "rebaseline" if self.rebaseline else "watch"


def read_request(event: dict[str, Any]) -> MonitorRequest:
    """Parses the request in a schedule's, a state machine's or a person's event.

    Other keys are ignored.

    Raises:
        InvalidDefinition: a window that is not two ISO 8601 instants in order.
    """
    window = event.get("window")
    if window is None:
        return MonitorRequest(rebaseline=bool(event.get("rebaseline")))
    try:
        start, end = (from_iso(instant) for instant in window)
    except (TypeError, ValueError) as error:
        raise InvalidDefinition(
            f'"window": {_told(window)} must be two ISO 8601 instants, such as 2013-01-31: {error}'
        ) from error
    if start > end:
        raise InvalidDefinition(f'"window": {_told(window)} ends before it starts; swap the two')
    return MonitorRequest(window=(start, end))


def _told(window: object) -> str:
    return " to ".join(map(str, window)) if isinstance(window, list) else repr(window)
