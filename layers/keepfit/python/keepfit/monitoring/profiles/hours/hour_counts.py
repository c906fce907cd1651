"""Counts of rows by the hour of their event, in one pass over rows in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import Binned, CategoryBins
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.hours.count_layout import CountLayout, finest, tally_of
from keepfit.monitoring.profiles.season import by_phase, phases_of
from keepfit.monitoring.profiles.segments import coarse, coarse_places, places
from keepfit.monitoring.profiles.window import WindowRows, whole_answers

HOUR_S: Final = 3600
Ints = NDArray[np.int64]
HasColumn = Callable[[int, str], bool]


def hour_of(instant: datetime) -> int:
    """The hour of an instant, since 1970.

    >>> hour_of(datetime.fromisoformat("1970-01-02T01:59:59.999999+00:00"))
    25
    """
    return int(instant.timestamp() // HOUR_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCounts:
    """The counts of some ``hours``, ascending.

    ``counts`` are (hours, width), ``sums`` of answers (hours, sums), see ``CountLayout``.
    """

    hours: Sequence[int]
    counts: Ints
    sums: NDArray[np.float64]
    rows_by_version: list[Counter[int]]


def count_hours(
    parts: Iterable[WindowRows], layout: CountLayout, hours: Sequence[int], *, has_column: HasColumn
) -> HourCounts:
    """Counts rows of some ``hours``; the sum is what ``count_window`` counts.

    A column that rows of a part lack is counted as missing, and left out of a window where no part had it.

    Args:
        parts: the rows, all of them of these hours, with their moments.
        layout: of the vectors.
        hours: since 1970, ascending.
        has_column: whether a version is asked with a column; rows of one that is not are not missing values.
    """
    counted = HourCounts(
        hours=hours,
        counts=np.zeros((len(hours), layout.width), np.int64),
        sums=np.zeros((len(hours), layout.sums)),
        rows_by_version=[Counter() for _ in hours],
    )
    ascending = np.array(hours, np.int64)
    for part in parts:
        if part.seconds is None:
            raise ValueError("rows without their moments are of no hour; ask for times")
        of_rows = np.searchsorted(ascending, part.seconds // HOUR_S)
        _Part(part, layout, counted, of_rows).count(has_column)
    return counted


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one part, to be added to ``counted``: each at its place in (rows,) ``hours``."""

    rows: WindowRows
    layout: CountLayout
    counted: HourCounts
    hours: Ints

    def count(self, has_column: HasColumn) -> None:
        versions, reference = np.unique(self.rows.versions).tolist(), self.layout.reference
        own = self.rows.versions == self.layout.champion
        found = dict[str, Ints]()
        for name, at in self.layout.inputs.items():
            profile = reference.columns[name]
            found[name] = _places(profile, self.rows.columns.get(name), len(own))
            without = [version for version in versions if not has_column(version, name)]
            asked = ~np.isin(self.rows.versions, without)
            self._add(at, found[name], asked, finest(profile))
        for name, at in self.layout.outputs.items():
            profile = reference.outputs[name]
            self._add(at, _places(profile, self.rows.outputs.get(name), len(own)), own, finest(profile))
        self._note_present()
        self._count_segments(found)
        self._count_phases(own)
        self._count_answers(own)
        self._count_versions(versions)

    def _add(self, at: slice, found: Ints, chosen: NDArray[np.bool_], bins: int) -> None:
        hours, found = (self.hours, found) if chosen.all() else (self.hours[chosen], found[chosen])
        self.counted.counts[:, at] += by_phase(hours, found, of=len(self.counted.counts), bins=bins)

    def _note_present(self) -> None:
        used = np.unique(self.hours)
        for present, columns in (
            (self.layout.inputs_present, self.rows.columns),
            (self.layout.outputs_present, self.rows.outputs),
        ):
            for name in present.keys() & columns.keys():
                self.counted.counts[used, present[name]] += 1

    def _count_segments(self, found: Mapping[str, Ints]) -> None:
        """Every column by segment, of the rows whose segment is known."""
        reference = self.layout.reference
        of_segments = reference.segments
        if of_segments is None or of_segments.by not in found:
            return
        by = reference.columns[of_segments.by].bins
        if not isinstance(by, CategoryBins):
            return
        place_of = {value: place for place, value in enumerate(of_segments.segments)}
        others = [-1] * (max(by.unseen, 1) + 1)
        table = np.array([*(place_of.get(value, -1) for value in by.values), *others], dtype=np.int64)
        segments = table[found[of_segments.by]]
        inside = segments >= 0
        for name, at in self.layout.segments.items():
            profile = reference.columns[name]
            width = len(coarse(profile.bins).count([]))
            of_column = coarse_places(profile.coarse_place[found[name]], profile.bins)
            self._add(at, segments * width + of_column, inside, at.stop - at.start)

    def _count_phases(self, own: NDArray[np.bool_]) -> None:
        season = self.layout.reference.season
        if season is None or self.rows.seconds is None:
            return
        phases = phases_of(season.season, self.rows.seconds)
        for at, chosen in ((self.layout.phases, np.ones(len(own), bool)), (self.layout.own_phases, own)):
            self._add(at, phases, chosen, at.stop - at.start)

    def _count_answers(self, own: NDArray[np.bool_]) -> None:
        estimator, tally = self.layout.reference.estimator, tally_of(self.layout.reference)
        if estimator is None or tally is None:
            return
        whole = whole_answers(self.rows, own, width=estimator.width)
        if self.rows.answers is None or not whole.any():
            return
        answers, hours = self.rows.answers[whole, : estimator.width], self.hours[whole]
        found, cells = tally.places(answers), len(tally.counts)
        of = len(self.counted.counts)
        self.counted.counts[:, self.layout.answers] += by_phase(hours, found, of=of, bins=cells)
        if len(tally.sums):
            summed = np.bincount(hours * cells + found, weights=answers[:, 0], minlength=of * cells)
            self.counted.sums[:] += summed.reshape(of, cells)

    def _count_versions(self, versions: list[int]) -> None:
        for version in versions:
            rows = np.bincount(self.hours[self.rows.versions == version])
            for hour in np.flatnonzero(rows).tolist():
                self.counted.rows_by_version[hour][version] += int(rows[hour])


def _places(profile: ColumnProfile, values: NDArray[Any] | Binned | None, rows: int) -> Ints:
    """(rows,) the finest bin of each; that of missing values where a part lacks the column."""
    if values is None:
        return np.full(rows, finest(profile) - 1, np.int64)
    return places(values, profile.bins) if isinstance(profile.bins, CategoryBins) else profile.places(values)  # type: ignore[arg-type]
