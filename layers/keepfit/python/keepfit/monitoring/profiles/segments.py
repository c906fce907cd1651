"""Profiles of segments: the columns of a reference and of a window, counted by segment in few bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, Column, NumericBins, numbers

MAX_SEGMENTS: Final = 500
"""Those with most rows; a profile grows with them."""
LEAST_ROWS: Final = 50
"""Of the reference: with fewer, nothing stands out of chance."""
_MAX_VALUES: Final = 9
_RARER: Final = "rarer values"

Counts = NDArray[np.int64]


class SegmentProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a reference by segment.

    Args:
        by: the column whose values are segments.
        segments: those that are profiled, in the order of rows of ``columns``.
        columns: name to (segments, bins) counts in ``coarse`` bins of the column.
    """

    by: str
    segments: list[str]
    columns: dict[str, list[list[int]]]

    def without(self, names: Any) -> SegmentProfile:
        """The same profile without the columns ``names``."""
        kept = {name: counts for name, counts in self.columns.items() if name not in names}
        return msgspec.structs.replace(self, columns=kept)


def segment_profile(
    by: str, columns: Mapping[str, Column], bins: Mapping[str, Bins]
) -> SegmentProfile | None:
    """The profile of a reference's segments; None where no segment has rows enough.

    Args:
        by: the column whose values are segments.
        columns: name to (rows,) values; None, NaN and masked values are missing.
        bins: of each column, by its name; ``by`` has such of categories.
    """
    of_segments = bins[by]
    if not isinstance(of_segments, CategoryBins):
        return None
    rows = zip(of_segments.values, of_segments.count(columns[by]), strict=False)
    segments = [value for value, count in rows if count >= LEAST_ROWS][:MAX_SEGMENTS]
    if not segments:
        return None
    counted = count_segments(by, segments, columns, bins)
    return SegmentProfile(
        by=by, segments=segments, columns={name: each.tolist() for name, each in counted.items()}
    )


def count_segments(
    by: str,
    segments: list[str],
    columns: Mapping[str, Column | Binned],
    bins: Mapping[str, Bins],
) -> dict[str, Counts]:
    """Name to (segments, bins) counts of every column but ``by``, in ``coarse`` bins.

    Args:
        by: the column whose values are segments.
        segments: those that are counted.
        columns: name to (rows,) values, or their bins; those of other rows than ``by`` are left out.
        bins: of each column.
    """
    of_segments = bins.get(by)
    if by not in columns or not isinstance(of_segments, CategoryBins):
        return {}
    place_of = {value: place for place, value in enumerate(segments)}
    known = [place_of.get(value, -1) for value in of_segments.values]
    # Unseen and missing values are of no segment.
    table = np.array([*known, *[-1] * (max(of_segments.unseen, 1) + 1)], dtype=np.int64)
    row_segments = table[places(columns[by], of_segments)]
    inside = np.flatnonzero(row_segments >= 0)
    counted: dict[str, Counts] = {}
    for name, values in columns.items():
        if name == by or name not in bins or len(values) != len(row_segments):
            continue
        of_bins = coarse(bins[name])
        width = len(of_bins.count([]))
        found = coarse_places(places(values, bins[name]), bins[name])[inside]
        both = row_segments[inside] * width + found
        counted[name] = np.bincount(both, minlength=len(segments) * width).reshape(len(segments), width)
    return counted


def coarse(bins: Bins) -> Bins:
    """Bins that a few hundred rows fill: of categories the most frequent values, the others together."""
    if isinstance(bins, NumericBins):
        return bins
    shown = bins.values[:_MAX_VALUES]
    return CategoryBins(values=[*shown, *([_RARER] if len(bins.values) > _MAX_VALUES else [])], unseen=1)


def coarse_places(found: Counts, bins: Bins) -> Counts:
    """(rows,) places in ``coarse`` bins, of places in ``bins``."""
    if isinstance(bins, NumericBins):
        return found
    known, others = len(bins.values), coarse(bins).known
    table = np.array(
        [
            *(min(place, _MAX_VALUES) for place in range(known)),
            *[others] * max(bins.unseen, 1),
            others + 1,
        ],
        dtype=np.int64,
    )
    return np.asarray(table[found])


def places(column: Column | Binned, bins: Bins) -> Counts:
    """(rows,) the bin of each row, in the order of the counts."""
    if isinstance(column, Binned):
        return np.asarray(column.bins, dtype=np.int64)
    if isinstance(bins, NumericBins):
        given = numbers(column)
        found = np.searchsorted(bins.edges, given, side="left")
        return np.where(np.isnan(given), len(bins.edges) + 1, found).astype(np.int64)
    values = column.tolist() if isinstance(column, np.ndarray) else list(column)
    of_value = {value: int(np.argmax(bins.count([value]))) for value in set(values)}
    return np.fromiter((of_value[value] for value in values), np.int64, len(values))
