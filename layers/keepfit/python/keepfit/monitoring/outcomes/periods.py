"""Periods of time in UTC: hours, days, and weeks from Monday."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.outcomes.counts import Period

_DAY: Final = 24 * 3600
_LENGTHS: Final[Mapping[Period, int]] = {"hour": 3600, "day": _DAY, "week": 7 * _DAY}
# 1970-01-05 was a Monday.
_FIRST_MONDAY: Final = 4 * _DAY


def beginnings(
    seconds: npt.NDArray[np.int64] | None, rows: int, by: Period | None
) -> Iterator[tuple[datetime | None, npt.NDArray[np.bool_]]]:
    """The beginning of each period with rows, and the (rows,) rows of it; None where there is one.

    Args:
        seconds: (rows,) moments since 1970; None where there is one period.
        rows: how many.
        by: the length of periods; None for one.

    >>> [(begin.isoformat(), own.tolist()) for begin, own in beginnings(np.array([90_000, 1]), 2, "day")]
    [('1970-01-01T00:00:00+00:00', [False, True]), ('1970-01-02T00:00:00+00:00', [True, False])]
    """
    if by is None or seconds is None:
        yield None, np.ones(rows, dtype=np.bool_)
        return
    first = _FIRST_MONDAY if by == "week" else 0
    begins = (seconds - first) // _LENGTHS[by] * _LENGTHS[by] + first
    for begin in np.unique(begins).tolist():
        yield datetime.fromtimestamp(begin, UTC), begins == begin
