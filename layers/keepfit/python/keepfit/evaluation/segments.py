"""Measures a model on each segment of a holdout, with estimates that few rows do not carry away.

How unsure a metric is goes with one over the root of its rows, and a handful of rows cannot say for themselves how
unsure they are. So the variance of each segment follows from that of all rows, and each metric is drawn to the mean of
all segments by it; see ``shrinkage``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from keepfit.evaluation.report import SegmentFigure, SegmentFigures
from keepfit.evaluation.shrinkage import Shrunken, shrink
from keepfit.evaluation.slices.groups import Groups, categories
from keepfit.evaluation.slices.measure import Sliceable

MAX_SEGMENTS: Final = 2_000
"""Of more values, the rarer ones are one group."""
LEAST_ROWS: Final = 10
"""With fewer rows a segment is not measured: what is expected of it is what is of all."""
_LEAST_VARIANCE: Final = 1e-18
_HALF: Final = 0.5


def segment_figures(by: str, values: Sequence[Any], model: Sliceable, own: Collection[str]) -> SegmentFigures:
    """The metric of every segment, the worst first.

    Args:
        by: the column whose values are segments.
        values: (rows,) of it; None where missing.
        model: outputs and labels of the rows.
        own: the segments that have a model of their own.
    """
    model = replace(model, minimum_rows=LEAST_ROWS)
    groups = categories(by, values, MAX_SEGMENTS)
    notes = [model.too_few(groups.codes == number) for number in range(len(groups.names))]
    measured = [number for number, note in enumerate(notes) if note is None]
    if not measured:
        return SegmentFigures(by=by, metric=model.metric.name, mean=model.whole, spread=0.0, segments=[])
    metrics = np.array([model.value(groups.codes == number) for number in measured])
    rows = groups.counts()[measured]
    errors = np.sqrt(np.maximum(model.variance * len(model.labels) / rows, _LEAST_VARIANCE))
    shrunken = shrink(metrics, errors)
    figures = {
        number: _measured(groups, number, float(metrics[place]), shrunken, place, own)
        for place, number in enumerate(measured)
    }
    others = [
        _unmeasured(groups, number, shrunken, note, own)
        for number, note in enumerate(notes)
        if note is not None
    ]
    return SegmentFigures(
        by=by,
        metric=model.metric.name,
        mean=shrunken.centre,
        spread=shrunken.spread,
        segments=sorted(
            [*figures.values(), *others],
            key=lambda each: (model.metric.gain(each.expected, 0.0), each.segment),
        ),
    )


def _measured(
    groups: Groups, number: int, metric: float, shrunken: Shrunken, place: int, own: Collection[str]
) -> SegmentFigure:
    expected, error = float(shrunken.values[place]), float(shrunken.errors[place])
    trust = (expected - shrunken.centre) / (metric - shrunken.centre) if metric != shrunken.centre else 1.0
    return SegmentFigure(
        segment=groups.names[number],
        rows=int(groups.counts()[number]),
        own=groups.names[number] in own,
        metric=metric,
        expected=expected,
        error=error,
        soft=trust < _HALF,
    )


def _unmeasured(
    groups: Groups, number: int, shrunken: Shrunken, note: str, own: Collection[str]
) -> SegmentFigure:
    return SegmentFigure(
        segment=groups.names[number],
        rows=int(groups.counts()[number]),
        own=groups.names[number] in own,
        expected=shrunken.centre,
        error=shrunken.spread,
        soft=True,
        note=note,
    )
