"""Drift by segment: how far each one's columns moved, drawn to what all segments have in common.

A segment has few rows, and of hundreds some move far by chance. So what exceeds chance is drawn to the mean of all
segments by how unsure it is, and a segment has drifted where what is left reaches the threshold and chance would hardly
show as much in any of all segments and columns that were looked at. It is always the population stability index, which
over chance is a chi-square.

Source of the tail of a chi-square: Wilson & Hilferty, The distribution of chi-square (1931).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import erfc, sqrt
from typing import Final

import msgspec
import numpy as np

from keepfit.evaluation.shrinkage import shrink
from keepfit.monitoring.drift.measure import measure
from keepfit.monitoring.drift.psi import STATISTIC as PSI
from keepfit.monitoring.drift.statistic import Measurement
from keepfit.monitoring.profiles.bins import Bins
from keepfit.monitoring.profiles.segments import Counts, SegmentProfile, coarse
from keepfit.monitoring.reports.report import SegmentDrift, SegmentsDrift

LEAST_ROWS: Final = 30
"""Of the window: with fewer a segment is not compared."""
MAX_LISTED: Final = 50
"""Of segments that did not drift, so many are listed, the worst first."""
SURE: Final = 0.05
"""The chance of any drifted segment where none has moved."""
_LEAST_ERROR: Final = 1e-6


def compare_segments(
    reference: SegmentProfile,
    window: Mapping[str, Counts],
    bins: Mapping[str, Bins],
    *,
    limit: float,
    ignore: Collection[str] = (),
) -> SegmentsDrift:
    """The drift of every segment, the worst first.

    Args:
        reference: what each was like in the champion's training data.
        window: column to (segments, bins) counts of the window.
        bins: of each column, which ``profiles.segments.coarse`` makes few.
        limit: the score from which a segment has drifted.
        ignore: columns that are not compared.
    """
    every = [
        both
        for name, counts in reference.columns.items()
        if name in window and name not in ignore
        for both in _of_column(name, reference, counts, window[name], bins[name])
    ]
    worst: dict[int, SegmentDrift] = {}
    for place, drift in every:
        if place not in worst or drift.drift_score > worst[place].drift_score:
            worst[place] = msgspec.structs.replace(drift, p_value=min(1.0, drift.p_value * len(every)))
    judged = sorted(worst.values(), key=lambda each: (-each.drift_score, each.segment))
    drifted = [each for each in judged if each.drift_score >= limit and each.p_value <= SURE]
    judged = [*drifted, *(each for each in judged if each not in drifted)]
    return SegmentsDrift(
        by=reference.by,
        compared=len(judged),
        too_few=len(reference.segments) - len(judged),
        drifted=[each.segment for each in drifted],
        segments=judged[: max(len(drifted), MAX_LISTED)],
    )


def _of_column(
    name: str,
    reference: SegmentProfile,
    counts: Sequence[Sequence[int]],
    window: Counts,
    bins: Bins,
) -> list[tuple[int, SegmentDrift]]:
    """The drift of one column in every segment that has rows enough, by the segment's place."""
    few = coarse(bins)
    found, values, errors = list[tuple[int, int, float]](), list[float](), list[float]()
    for place, current in enumerate(window):
        rows, now = sum(counts[place]), int(current.sum())
        if rows == 0 or now < LEAST_ROWS:
            continue
        measured = measure(PSI, counts[place], current, few)
        chance = 1 / rows + 1 / now
        found.append((place, now, _by_chance(measured, chance)))
        values.append(measured.value - measured.expected)
        # As for a chi-square with as many degrees of freedom as bins less one, whose mean the expectation is.
        errors.append(max(sqrt(2 * measured.expected * chance), _LEAST_ERROR))
    if not found:
        return []
    expected = shrink(np.array(values), np.array(errors)).values
    return [
        (
            place,
            SegmentDrift(
                segment=reference.segments[place],
                column=name,
                rows=rows,
                value=round(value, 6),
                drift_score=round(max(0.0, score), 6),
                p_value=p_value,
            ),
        )
        for (place, rows, p_value), value, score in zip(found, values, expected.tolist(), strict=True)
    ]


def _by_chance(measured: Measurement, chance: float) -> float:
    """The probability of so large a value without drift: over ``chance`` it is a chi-square."""
    freedom = measured.expected / chance
    if freedom <= 0:
        return 1.0
    spread = 2 / (9 * freedom)
    root = (measured.value / measured.expected) ** (1 / 3)
    return erfc((root - (1 - spread)) / sqrt(spread) / sqrt(2)) / 2
