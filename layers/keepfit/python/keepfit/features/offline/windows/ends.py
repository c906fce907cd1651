"""The values of the newest and oldest events in windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keepfit.features.offline.columns import Truths, Values
from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.column import Column
from keepfit.features.offline.windows.extremes import at_rows

_NONE = -1


def newest(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The value of the newest event in each window."""
    events, ranked = len(column.windows.order), column.ranked
    held = _held(column, ranked, nothing=_NONE)
    last = np.append(_NONE, np.maximum.accumulate(held)).take(column.windows.end)
    ranks = _inverse(ranked, events)
    found = []
    for window in windows:
        rank = np.where(last >= column.windows.start(window), last, _NONE)
        _with_apart(column, window, ranks, rank, np.maximum, _NONE)
        found.append(_values(column, rank, ranked))
    return found


def oldest(column: Column, windows: Sequence[int], _parameter: Any) -> list[Values]:
    """The value of the oldest event in each window."""
    events = len(column.windows.order)
    turned = _turned(column.windows.starts, events)
    ranked = turned if turned is None or column.ranked is None else column.ranked.take(turned)
    held = _held(column, ranked, nothing=events)
    following = np.append(np.minimum.accumulate(held[::-1])[::-1], events)
    ranks = _inverse(ranked, events)
    found = []
    for window in windows:
        first = following.take(column.windows.start(window))
        rank = np.where(first < column.windows.end, first, events)
        _with_apart(column, window, ranks, rank, np.minimum, events)
        found.append(_values(column, np.where(rank < events, rank, _NONE), ranked))
    return found


def _held(column: Column, ranked: Ints | None, *, nothing: int) -> Ints:
    """(n,) each rank where its event has a value and is in ranges, else ``nothing``."""
    ranks = np.arange(len(column.windows.order))
    if column.in_range is None:
        return ranks
    held = column.in_range if ranked is None else column.in_range.take(ranked)
    return np.where(held, ranks, nothing)


def _with_apart(
    column: Column, window: int, ranks: Ints | None, found: Ints, extreme: np.ufunc, nothing: int
) -> None:
    """Lets the ranks of events apart count as well."""
    ranges = column.apart(window)
    if len(ranges.of):
        places = column.windows.apart.at.take(ranges.of)
        apart = places if ranks is None else ranks.take(places)
        extreme(found, at_rows(ranges, apart, len(found), extreme, nothing), out=found)


def _turned(starts: Truths | None, events: int) -> Ints | None:
    """(n,) the places with those of one instant in reverse; None where all are of different ones."""
    if starts is None:
        return None
    first = np.flatnonzero(starts)
    ends = np.append(first[1:], events)
    group = np.cumsum(starts) - 1
    turned: Ints = first.take(group) + ends.take(group) - 1 - np.arange(events)
    return turned


def _inverse(ranked: Ints | None, events: int) -> Ints | None:
    if ranked is None:
        return None
    ranks = np.empty(events, np.int64)
    ranks[ranked] = np.arange(events)
    return ranks


def _values(column: Column, rank: Ints, ranked: Ints | None) -> Values:
    """The values of (rows,) ranks, missing where there is none."""
    found = rank != _NONE
    chosen = rank.compress(found)
    some = column.take(chosen if ranked is None else ranked.take(chosen))
    values = np.full(len(rank), "" if some.values.dtype == object else 0, some.values.dtype)
    values[found] = some.values
    return Values(values, found)
