"""The columns and measures of a view that its tiles hold.

A column is the values of a field, or of rows, that a filter lets through; a measure is an aggregate of a column. Both
are known by a digest, so that items of another definition serve what they have in common with this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from keepfit.features.aggregates.base import Event
from keepfit.features.aggregates.registry import aggregate_of
from keepfit.features.online.tiles.rows import TileRow
from keepfit.features.schema.signature import LookupWindow

_text = msgspec.json.Encoder(order="deterministic").encode
_DIGEST_BYTES: Final = 6

US: Final = 1_000_000
HOUR: Final = 3600 * US


class Resolution(NamedTuple):
    """Buckets of ``width`` microseconds, ``group`` of which share an item of states."""

    name: str
    width: int
    group: int


HOURLY: Final = Resolution("1h", HOUR, 24)
DAILY: Final = Resolution("1d", 24 * HOUR, 32)
LONGEST_HOURLY: Final = 8 * 24 * HOUR
"""Longer windows are of daily buckets."""


def resolution_of(window: int) -> Resolution:
    """The buckets that a window of so many microseconds is made of."""
    return HOURLY if window <= LONGEST_HOURLY else DAILY


class Column(NamedTuple):
    """The values of a field, or of rows, for which a filter holds; the filter as SQL."""

    of: str | None
    where: str | None

    @property
    def key(self) -> str:
        return _digest(self)


class Measure(NamedTuple):
    """States of an aggregate of a column; ``value`` is what ``share_of`` counts."""

    aggregate: str
    column: Column
    value: Any = None

    @property
    def key(self) -> str:
        return _digest([self.aggregate, *self.column, self.value])


def _digest(told: Sequence[Any]) -> str:
    return hashlib.blake2b(_text(told), digest_size=_DIGEST_BYTES).hexdigest()


def measure_of(window: LookupWindow) -> Measure:
    """The measure that a window is of."""
    aggregate = aggregate_of(window.aggregate)
    value = window.parameter if aggregate.parameter == "value" else None
    return Measure(aggregate.kept_as or window.aggregate, Column(window.of, window.where), value)


class Tiling(NamedTuple):
    """The columns and measures of a view, and the resolutions that its windows need.

    ``longest`` is the length of the longest window in each, microseconds.
    """

    columns: list[Column]
    measures: list[Measure]
    longest: dict[Resolution, int]

    def happened_since(self, since: int) -> int:
        """The first instant of the oldest bucket that windows as of ``since`` or later reach."""
        return min((since - length) // each.width * each.width for each, length in self.longest.items())

    @property
    def resolutions(self) -> list[Resolution]:
        return list(self.longest)

    @classmethod
    def of(cls, windows: Iterable[LookupWindow]) -> Tiling:
        listed = list(windows)
        measures = list(dict.fromkeys(map(measure_of, listed)))
        longest: dict[Resolution, int] = {}
        for length in sorted(window.window_s * US for window in listed):
            longest[resolution_of(length)] = length
        return cls(list(dict.fromkeys(each.column for each in measures)), measures, longest)

    def states(self, rows: Sequence[TileRow]) -> list[Any]:
        """The states of all measures of rows, whose values are of the columns in order."""
        places = {column: place for place, column in enumerate(self.columns)}
        return [_state(measure, places[measure.column], rows) for measure in self.measures]


def _state(measure: Measure, place: int, rows: Sequence[TileRow]) -> Any:
    aggregate = aggregate_of(measure.aggregate)
    state = aggregate.zero()
    for row in rows:
        value = row.values[place]
        if value is not None:
            state = aggregate.add(state, Event(value, row.happened, row.known), measure.value)
    return state


def merged_states(measures: Sequence[Measure], parts: Iterable[Sequence[Any]]) -> list[Any]:
    """The states of several parts together; the first ones that are given may change."""
    aggregates = [aggregate_of(measure.aggregate) for measure in measures]
    total = [aggregate.zero() for aggregate in aggregates]
    for states in parts:
        total = [
            aggregate.merge(one, other)
            for aggregate, one, other in zip(aggregates, total, states, strict=True)
        ]
    return total
