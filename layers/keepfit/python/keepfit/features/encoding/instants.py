"""Columns of instants as numbers: what ``calendar`` makes of one instant, of many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding.calendar import PARTS
from keepfit.instants import time_zone

Micros = npt.NDArray[np.signedinteger[Any]]

NO_INSTANT: Final = -(2**63)
"""What stands for a missing instant."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _DAY = 1_000_000, 86_400
# Clocks are changed at a quarter of an hour, but for the years before time zones.
_QUARTER = 900
_THURSDAY = 3


def read_instants(
    zone: str = "UTC", wanted: Sequence[str] = PARTS
) -> Callable[[Micros], npt.NDArray[np.float64]]:
    """Makes a function of (rows,) microseconds since 1970 to their (rows, ``wanted``) parts in ``zone``.

    >>> read_instants()(np.array([1_772_371_800_000_000, NO_INSTANT])).tolist()
    [[13.5, 7.0, 1.0, 3.0, 2026.0], [nan, nan, nan, nan, nan]]
    """
    places = [PARTS.index(part) for part in wanted]
    offset = None if zone == "UTC" else _Offsets(zone)

    def read(micros: Micros) -> npt.NDArray[np.float64]:
        missing = micros == NO_INSTANT
        local = np.where(missing, 0, micros) // _SECOND
        if offset is not None:
            local = local + offset.at(local)
        days, second = np.divmod(local, _DAY)
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        parts = np.empty((len(micros), len(PARTS)))
        parts[:, 0] = second // 3600 + second % 3600 // 60 / 60 + second % 60 / 3600
        parts[:, 1] = (days + _THURSDAY) % 7 + 1
        parts[:, 2] = (dates - months).astype(np.int64) + 1
        parts[:, 3] = months.astype(np.int64) % 12 + 1
        parts[:, 4] = months.astype("datetime64[Y]").astype(np.int64) + 1970
        parts[missing] = np.nan
        return parts[:, places]

    return read


class _Offsets:
    """The seconds that a zone's clocks are ahead of UTC, by the quarters of hours that were asked."""

    def __init__(self, zone: str) -> None:
        self._zone = time_zone(zone)
        self._known: dict[int, int | None] = {}

    def at(self, seconds: Micros) -> Micros:
        """(rows,) the offset at each second since 1970."""
        quarters, places = np.unique(seconds // _QUARTER, return_inverse=True)
        known = [self._of_quarter(quarter) for quarter in quarters.tolist()]
        offsets = np.array([0 if one is None else one for one in known], np.int64)[places]
        changing = np.array([one is None for one in known], np.bool_)[places]
        if changing.any():
            offsets[changing] = [self._of_second(second) for second in seconds[changing].tolist()]
        return offsets

    def _of_quarter(self, quarter: int) -> int | None:
        """The offset in a quarter of an hour; None where it changes within."""
        if quarter not in self._known:
            first, last = (self._of_second(quarter * _QUARTER + after) for after in (0, _QUARTER - 1))
            self._known[quarter] = first if first == last else None
        return self._known[quarter]

    def _of_second(self, second: int) -> int:
        ahead = (_EPOCH + timedelta(seconds=second)).astimezone(self._zone).utcoffset()
        return 0 if ahead is None else round(ahead.total_seconds())
