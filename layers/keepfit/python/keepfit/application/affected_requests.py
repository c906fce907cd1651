"""The requests that made a column drift: how many, what they have in common, and some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.drift.compare import predicted
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, NumericBins, numbers
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.window import WindowRows
from keepfit.monitoring.reports.report import ColumnDrift

EXAMPLES: Final = 3
_MOST_SLICES: Final = 5
_LEAST_ROWS: Final = 20
_LEAST_DIFFERENCE: Final = 0.1
_LEAST_ERRORS: Final = 4.0

Values = NDArray[Any] | Binned


class SliceShare(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with a value of a column: their ``share`` of the affected requests, and of all ``others``."""

    column: str
    value: str
    share: float
    others: float


class AffectedRequests(msgspec.Struct, frozen=True, kw_only=True):
    """The requests in the bin of a drifted column that grew most.

    ``before`` is the bin's share of the training data, ``now`` that of the window. ``slices`` are what they have more
    often than the other requests of the window, the most telling first. ``examples`` are some of them.
    """

    column: str
    value: str
    before: float
    now: float
    rows: int
    slices: list[SliceShare]
    examples: list[dict[str, Any]]


def affected_requests(
    parts: Iterable[WindowRows], reference: ReferenceProfile, drifted: Sequence[ColumnDrift]
) -> list[AffectedRequests]:
    """The requests behind each of ``drifted``, in their order, but for what is no column of a request.

    Args:
        parts: the rows of the window, with every column of the reference.
        reference: the profile that the window was compared with.
        drifted: columns of the report on the window.
    """
    bins = {
        **reference.bins,
        **{predicted(name): column.bins for name, column in reference.outputs.items()},
    }
    tallies = [_Tally(column, bins) for column in drifted if column.column in bins and column.labels]
    for part in parts:
        columns: dict[str, Values] = {
            **part.columns,
            **{predicted(name): values for name, values in part.outputs.items()},
        }
        places = {name: _places(bins[name], values) for name, values in columns.items() if name in bins}
        for tally in tallies:
            tally.add(columns, places)
    return [tally.found() for tally in tallies]


class _Tally:
    """Counts the rows of one column's bin, and what else they are, beside all rows."""

    def __init__(self, drift: ColumnDrift, bins: Mapping[str, Bins]) -> None:
        self._drift, self._bins = drift, bins
        before, now = (
            np.array(counts, float) / (sum(counts) or 1) for counts in (drift.reference, drift.current)
        )
        self._label = int(np.argmax(now - before))
        self._shares = float(before[self._label]), float(now[self._label])
        self._wanted = _bins_of_label(bins[drift.column], self._label)
        self._counts = {
            name: np.zeros((2, _width(each)), np.int64) for name, each in bins.items() if name != drift.column
        }
        self._rows = 0
        self._examples = list[dict[str, Any]]()

    def add(self, columns: Mapping[str, Values], places: Mapping[str, NDArray[np.int64]]) -> None:
        """Counts a part of the window."""
        own = places.get(self._drift.column)
        if own is None:
            return
        chosen = np.isin(own, self._wanted)
        self._rows += int(chosen.sum())
        for name, counts in self._counts.items():
            if name in places:
                for side, rows in enumerate((places[name][chosen], places[name][~chosen])):
                    counts[side] += np.bincount(rows, minlength=counts.shape[1])
        for row in np.flatnonzero(chosen)[: EXAMPLES - len(self._examples)].tolist():
            self._examples.append(
                {
                    name: _value(self._bins[name], values, row)
                    for name, values in columns.items()
                    if name in self._bins
                }
            )

    def found(self) -> AffectedRequests:
        """What was counted."""
        slices = [
            each for name, counts in self._counts.items() for each in _slices(name, self._bins[name], counts)
        ]
        slices.sort(key=lambda each: each.others - each.share)
        before, now = self._shares
        return AffectedRequests(
            column=self._drift.column,
            value=self._drift.labels[self._label],
            before=round(before, 4),
            now=round(now, 4),
            rows=self._rows,
            slices=slices[:_MOST_SLICES],
            examples=self._examples,
        )


def _slices(name: str, bins: Bins, counts: NDArray[np.int64]) -> list[SliceShare]:
    """The values of a column that affected rows surely have more often than others."""
    affected, others = counts.sum(axis=1).tolist()
    if affected < _LEAST_ROWS or others < _LEAST_ROWS:
        return []
    shares = counts / np.array([[affected], [others]])
    together = counts.sum(axis=0) / (affected + others)
    error = np.sqrt(together * (1 - together) * (1 / affected + 1 / others))
    difference = shares[0] - shares[1]
    telling = (difference >= _LEAST_DIFFERENCE) & (difference >= _LEAST_ERRORS * error)
    return [
        SliceShare(
            column=name,
            value=_label(bins, place),
            share=round(float(shares[0, place]), 4),
            others=round(float(shares[1, place]), 4),
        )
        for place in np.flatnonzero(telling).tolist()
    ]


def _width(bins: Bins) -> int:
    return bins.known + (max(bins.unseen, 1) if isinstance(bins, CategoryBins) else 0) + 1


def _places(bins: Bins, values: Values) -> NDArray[np.int64]:
    """(rows,) the bin of each row."""
    if isinstance(values, Binned):
        return values.bins.astype(np.int64)
    if not isinstance(bins, NumericBins):
        return np.full(len(values), _width(bins) - 1)
    given = numbers(values)
    return np.where(np.isnan(given), bins.known, np.searchsorted(bins.edges, given, side="left"))


def _bins_of_label(bins: Bins, label: int) -> NDArray[np.int64]:
    """The bins that a label of a report stands for."""
    if isinstance(bins, NumericBins):
        return np.array([label])
    *named, _, _ = bins.labels
    last = _width(bins) - 1
    if label == len(named) + 1:
        return np.array([last])
    if label == len(named):
        return np.arange(bins.known, last)
    # Of very many values the last name stands for all that are rarer.
    rarer = label == len(named) - 1
    return np.arange(label, bins.known if rarer else label + 1)


def _label(bins: Bins, place: int) -> str:
    """What a bin is called."""
    if isinstance(bins, NumericBins):
        return bins.labels[place]
    if place < bins.known:
        return bins.values[place]
    return "missing" if place == _width(bins) - 1 else "unseen"


def _value(bins: Bins, values: Values, row: int) -> Any:
    """A value of a request; of one that the training data had not, that it was unseen."""
    if isinstance(values, Binned):
        place = int(values.bins[row])
        return None if place == _width(bins) - 1 else _label(bins, place)
    number = float(numbers(values)[row])
    return None if np.isnan(number) else number
