"""Reads events: the notice that each leads to, or why it leads to none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit import events
from keepfit.errors import NotFound
from keepfit.monitoring.notices.alarm_notices import alarm_notice
from keepfit.monitoring.notices.incident_notices import incident_notice
from keepfit.monitoring.notices.notice import PLATFORM, Ignored, Notice
from keepfit.monitoring.notices.release_notices import approval_notice, release_notice

_READERS: Final[Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Notice | Ignored]]] = {
    ("aws.cloudwatch", events.ALARM_CHANGED): alarm_notice,
    (events.SOURCE, events.APPROVAL_ASKED): approval_notice,
    (events.SOURCE, events.ALIAS_MOVED): release_notice,
    (events.SOURCE, events.INCIDENT_OPENED): incident_notice,
    (events.SOURCE, events.INCIDENT_CLOSED): incident_notice,
}


def read_notice(event: Mapping[str, Any]) -> Notice | Ignored:
    """The notice of an event, or why there is none.

    Raises:
        NotFound: an event that no rule sends, or that lacks a part.
    """
    try:
        return _READERS[event["source"], event["detail-type"]](event)
    except (KeyError, msgspec.ValidationError, ValueError) as error:
        raise NotFound(
            f"nothing can be told of the event {event.get('detail-type')!r} of {event.get('source')!r} "
            f"({type(error).__name__}: {error}); send one of the events that the rules of the platform send"
        ) from error


def trial_notice(who: str, at: datetime) -> Notice:
    """A notice by which a person tries the channels."""
    return Notice(
        kind="alarm",
        about=PLATFORM,
        subject="test",
        state="test",
        title="keepfit: a test of the channels",
        since=at,
        facts=[f"asked for by {who}"],
        next="nothing; you would be told of changes like this",
        look="keepfit notices",
        of_test=True,
    )
