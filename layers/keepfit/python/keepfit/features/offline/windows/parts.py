"""Parts of events by their entities, small enough for the processor's cache and for memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.features.offline.spine_index import Ints
from keepfit.features.offline.windows.events import Events

EVENTS_AT_ONCE = 500_000
"""Aggregates of more events are computed for some entities after the others."""


def parts_of(events: Events, entities: int) -> Iterator[tuple[int, int, Events]]:
    """Events of entities from one up to, not with, another; their codes begin from 0."""
    if len(events.codes) <= EVENTS_AT_ONCE:
        yield 0, entities, events
        return
    counts = np.bincount(events.codes, minlength=entities)
    ranges = list(entity_ranges(counts, EVENTS_AT_ONCE))
    part = np.repeat(np.arange(len(ranges)), [end - first for first, end in ranges])
    part = part.astype(np.min_scalar_type(len(ranges))).take(events.codes)
    # Small numbers are sorted digit by digit, in one reading or two.
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=len(ranges)))
    for (first, end), before, up_to in zip(ranges, [0, *ends.tolist()], ends.tolist(), strict=False):
        some = events.take(order[before:up_to])
        yield first, end, some._replace(codes=some.codes - first)


def entity_ranges(counts: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of entities with up to ``most`` events together, or a single one with more.

    >>> list(entity_ranges(np.array([3, 1, 9, 2, 2]), 5))
    [(0, 2), (2, 3), (3, 5)]
    """
    before = np.concatenate([[0], np.cumsum(counts)])
    first = 0
    while first < len(counts):
        end = max(int(np.searchsorted(before, before[first] + most, side="right")) - 1, first + 1)
        yield first, end
        first = end
