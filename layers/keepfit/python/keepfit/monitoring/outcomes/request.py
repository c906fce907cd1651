"""The request to measure live performance: its window, its periods, and as of when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

import msgspec

from keepfit.errors import InvalidDefinition
from keepfit.instants import Duration, from_iso
from keepfit.monitoring.outcomes.counts import Period


class PerformanceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parsed request; what is None is as the model's definition and the present have it."""

    window: Duration | None = None
    by: Period | None = None
    as_of: datetime | None = None


def read_performance_request(asked: dict[str, Any]) -> PerformanceRequest:
    """Parses the request in a person's event.

    Raises:
        InvalidDefinition: a window, a period or an instant that is none.
    """
    window, by, as_of = (asked.get(name) for name in ("window", "by", "as_of"))
    if by not in (None, *get_args(Period)):
        raise InvalidDefinition(f'"by": {by!r} is not one of {", ".join(get_args(Period))}')
    try:
        at = None if as_of is None else from_iso(as_of)
    except (TypeError, ValueError) as error:
        raise InvalidDefinition(f'"as_of": {as_of!r} is no instant of ISO 8601: {error}') from error
    try:
        length = None if window is None else Duration.parse(window)
    except (TypeError, ValueError) as error:
        raise InvalidDefinition(f'"window": {error}') from error
    return PerformanceRequest(window=length, by=by, as_of=at)
