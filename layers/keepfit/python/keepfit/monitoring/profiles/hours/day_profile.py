"""The profiles of the hours of one day, as one document that says what each was made of."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.hours.count_layout import CountLayout
from keepfit.monitoring.profiles.hours.hour_counts import HourCounts

HOURS: Final = 24


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    """A day as it is stored.

    ``used`` are the places of counts that are not all 0, and ``counts`` (hours, used) numbers of ``number`` bytes;
    ``sums`` are those of answers in cells of an hour that have any, in the order of counts.
    """

    counted_as: str
    made_of: list[str | None]
    rows_by_version: list[dict[int, int]]
    used: bytes
    number: str
    counts: bytes
    sums: bytes


@dataclass(slots=True, kw_only=True)
class DayProfile:
    """Counts of the hours of a day: of each that has any, what it was ``made_of``.

    ``counts`` are (24, used) numbers of the places ``used`` of a vector, see ``CountLayout``, ``sums`` are
    (24, sums).
    """

    layout: CountLayout
    made_of: list[str | None] = field(default_factory=lambda: [None] * HOURS)
    rows_by_version: list[Counter[int]] = field(default_factory=lambda: [Counter() for _ in range(HOURS)])
    used: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    counts: NDArray[np.unsignedinteger] = field(default_factory=lambda: np.empty((HOURS, 0), np.uint8))
    sums: NDArray[np.float64] = field(default_factory=lambda: np.empty((HOURS, 0)))

    def put(self, counted: HourCounts, hours: dict[int, tuple[int, str]]) -> None:
        """Replaces ``hours`` of the day: each by its place in ``counted``, and what it is made of."""
        counts = np.zeros((HOURS, self.layout.width), np.int64)
        counts[:, self.used] = self.counts
        sums = np.zeros((HOURS, self.layout.sums))
        sums[:, : self.sums.shape[1]] = self.sums
        for hour, (place, made_of) in hours.items():
            counts[hour], sums[hour] = counted.counts[place], counted.sums[place]
            self.rows_by_version[hour], self.made_of[hour] = counted.rows_by_version[place], made_of
        self.used = np.flatnonzero(counts.any(axis=0)).astype(np.int32)
        self.counts, self.sums = _smallest(counts[:, self.used]), sums

    def to_bytes(self) -> bytes:
        """The document of the day; the inverse is ``read_day``."""
        return msgspec.msgpack.encode(
            _Document(
                counted_as=self.layout.counted_as,
                made_of=self.made_of,
                rows_by_version=[dict(rows) for rows in self.rows_by_version],
                used=zlib.compress(self.used.astype("<i4").tobytes(), 1),
                number=self.counts.dtype.newbyteorder("<").str,
                counts=zlib.compress(self.counts.tobytes(), 1),
                sums=zlib.compress(self.sums[self._answered].astype("<f8").tobytes(), 1),
            )
        )

    @property
    def _answered(self) -> NDArray[np.bool_]:
        """(24, sums) the cells that have answers."""
        return _answered(self.layout, self.used, self.counts)


def read_day(body: bytes, layout: CountLayout) -> DayProfile | None:
    """The day in a document; None where it is counted in another way, or broken: it is made again."""
    try:
        document = msgspec.msgpack.decode(body, type=_Document)
        if document.counted_as != layout.counted_as:
            return None
        used = np.frombuffer(zlib.decompress(document.used), "<i4").astype(np.int32)
        counts = np.frombuffer(zlib.decompress(document.counts), document.number).reshape(HOURS, len(used))
        sums = np.zeros((HOURS, layout.sums))
        sums[_answered(layout, used, counts)] = np.frombuffer(zlib.decompress(document.sums), "<f8")
    except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, IndexError):
        return None
    return DayProfile(
        layout=layout,
        made_of=document.made_of,
        rows_by_version=[Counter(rows) for rows in document.rows_by_version],
        used=used,
        counts=counts,
        sums=sums,
    )


def _answered(
    layout: CountLayout, used: NDArray[np.int32], counts: NDArray[np.unsignedinteger]
) -> NDArray[np.bool_]:
    found = np.zeros((HOURS, layout.sums), bool)
    if layout.sums:
        inside = (used >= layout.answers.start) & (used < layout.answers.stop)
        found[:, used[inside] - layout.answers.start] = counts[:, inside] > 0
    return found


def _smallest(counts: NDArray[np.int64]) -> NDArray[np.unsignedinteger]:
    """The same in as few bytes a number as hold the greatest."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
