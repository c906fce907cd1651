"""The plan of a run's segments: those that are large enough for a model of their own, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import msgspec

from keepfit.training.segments_definition import (
    BATCHES_PER_TASK,
    LEAST_OF_A_BATCH,
    MAX_SEGMENTS,
    SegmentsDefinition,
)


class PlannedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that a model is trained for: its value, and how many rows train."""

    value: str
    rows: int


class SegmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``segments.json`` of a run: the segments that models are trained for, those with most rows first.

    Args:
        by: the column whose values are the segments.
        minimum_rows: of one that is planned.
        segments: those that are.
        batches: how many batches they are parted into.
        small: how many others there are among the rows that train; the fallback answers them.
        small_rows: how many rows those have, missing values included.
    """

    by: str
    minimum_rows: int
    segments: list[PlannedSegment]
    batches: int
    small: int
    small_rows: int

    def batch(self, number: int) -> list[PlannedSegment]:
        """The segments of one batch, from 0; batches have about as many rows as each other."""
        return self.segments[number :: self.batches]


def plan_segments(
    by: str,
    values: Iterable[str | None],
    vocabulary: Collection[str],
    definition: SegmentsDefinition,
) -> SegmentPlan:
    """Plans the segments of a training set.

    Args:
        by: the column.
        values: (rows,) its values in the rows that train; None where missing.
        vocabulary: the values that models know.
        definition: how many rows a segment needs, and how many tasks train.

    >>> plan = plan_segments("store", ["a"] * 300 + ["b"] * 60 + [None], ["a", "b"], SegmentsDefinition())
    >>> [(each.value, each.rows) for each in plan.segments], plan.batches, plan.small, plan.small_rows
    ([('a', 300)], 1, 1, 61)
    """
    seen, known = Counter(values), frozenset(vocabulary)
    missing = seen.pop(None, 0)
    large = {
        value: rows
        for value, rows in seen.items()
        if value is not None and value in known and rows >= definition.minimum_rows
    }
    chosen = sorted(large.items(), key=lambda each: (-each[1], each[0]))[:MAX_SEGMENTS]
    rows = sum(seen.values()) + missing
    return SegmentPlan(
        by=by,
        minimum_rows=definition.minimum_rows,
        segments=[PlannedSegment(value=value, rows=count) for value, count in chosen],
        batches=_batches(len(chosen), definition.tasks),
        small=len(seen) - len(chosen),
        small_rows=rows - sum(count for _, count in chosen),
    )


def _batches(segments: int, tasks: int) -> int:
    """A number of batches that are worth a task's start, and few enough for the time of a run.

    >>> [_batches(segments, 4) for segments in (0, 10, 300, 2_000)]
    [0, 1, 12, 32]
    """
    return min(-(-segments // LEAST_OF_A_BATCH), BATCHES_PER_TASK * tasks)
