"""Null distributions of drift statistics: the reference, resampled at a window's size, against itself.

Rows that depend on each other are resampled in blocks, which keeps what they have in common; of several lengths of
blocks that counts which makes windows differ most. Both sides are resampled, since the reference too is a sample.

Sources: Künsch, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17 (1989);
Politis, Romano and Wolf, Subsampling (1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.drift.measure import on_grid
from keepfit.monitoring.drift.pooling import pools_of
from keepfit.monitoring.drift.registry import MODULES, statistic_of
from keepfit.monitoring.drift.statistic import Compared, Floats, Statistic
from keepfit.monitoring.drift.timeline import Timeline
from keepfit.monitoring.profiles.bins import Column, NumericBins, numbers
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.null_distribution import NullDistribution
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.season import SeasonProfile, by_phase, phases_of

DRAWS: Final = 400
_LEAST_SIZE = 64
_SIZE_STEP = 8
_DIGITS = 5
# Blocks are as short as still make windows differ about as far as any: the more there are, the surer are thresholds.
_AS_FAR = 0.85
_NO_ORDER = np.empty(0)


def with_null_distributions(
    profile: ReferenceProfile,
    columns: Mapping[str, Column],
    seconds: NDArray[np.int64],
    window_seconds: float,
) -> ReferenceProfile:
    """The same profile with how its inputs' statistics are distributed in windows without drift.

    Where it has a season, that is of rows less what their phases have of their own.

    Args:
        profile: of ``columns``.
        columns: name to (rows,) values, in the order of time.
        seconds: (rows,) when each row happened, ascending.
        window_seconds: how long windows are.
    """
    timeline = Timeline.of(seconds, window_seconds)
    season = _phases(profile.season, seconds)
    named = {
        name: msgspec.structs.replace(each, nulls=null_distributions(each, columns[name], timeline, season))
        for name, each in profile.columns.items()
    }
    return msgspec.structs.replace(profile, columns=named, window_seconds=window_seconds)


def with_output_distributions(
    profile: ReferenceProfile, outputs: Mapping[str, Column], seconds: NDArray[np.int64]
) -> ReferenceProfile:
    """The same profile with those of what is predicted; as it is, where its inputs have none."""
    if profile.window_seconds is None:
        return profile
    timeline = Timeline.of(seconds, profile.window_seconds)
    season = _phases(profile.output_season, seconds)
    named = {
        name: msgspec.structs.replace(each, nulls=null_distributions(each, outputs[name], timeline, season))
        for name, each in profile.outputs.items()
    }
    return msgspec.structs.replace(profile, outputs=named)


def _phases(season: SeasonProfile | None, seconds: NDArray[np.int64]) -> NDArray[np.int64] | None:
    return None if season is None else phases_of(season.season, seconds)


def null_distributions(
    profile: ColumnProfile,
    column: Column,
    timeline: Timeline,
    phases: NDArray[np.int64] | None = None,
    *,
    seed: int = 0,
) -> dict[str, NullDistribution]:
    """How each statistic that is for the column is distributed without drift, by its name."""
    random = np.random.default_rng(seed)
    rows = _Rows(profile, profile.places(column), _beyond(profile, column), timeline, phases)
    largest = max(1, timeline.rows * timeline.taken // timeline.atoms)
    spreads = {each: rows.spread(random, each, largest) for each in timeline.lengths}
    length = next(each for each in spreads if spreads[each] >= _AS_FAR * max(spreads.values()))
    missed = _of_endless_blocks([*spreads.values()]) / spreads[length] if spreads[length] else 1.0
    sizes = [_LEAST_SIZE * _SIZE_STEP**power for power in range(12)]
    sizes = [*(size for size in sizes if size < largest), largest]
    drawn = rows.drawn(random, length)
    powers = [rows.powers(random, drawn, size) for size in sizes]
    return {
        name: _described(
            statistic_of(name),
            timeline,
            timeline.atoms // length,
            sizes,
            [missed * each[name] for each in powers],
        )
        for name in powers[0]
    }


def _of_endless_blocks(spreads: Sequence[float]) -> float:
    """The spread of endless blocks, of those whose lengths double.

    What blocks miss falls as one over their length.

    Source: Politis and Romano, Bias-corrected nonparametric spectral estimation, Journal of Time Series Analysis 16
    (1995).
    """
    further = [2 * spreads[-1] - spreads[-2]] if len(spreads) > 1 else []
    return max([*spreads, *further])


@dataclass(frozen=True, slots=True)
class _Drawn:
    """(draws, atoms) weights of the atoms in resampled references and windows."""

    reference: Floats
    window: Floats


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a column by finest bins, and the bins ``beyond`` those that have a row."""

    profile: ColumnProfile
    places: NDArray[np.int64]
    beyond: NDArray[np.int64]
    timeline: Timeline
    phases: NDArray[np.int64] | None

    def drawn(self, random: np.random.Generator, length: int) -> _Drawn:
        line = self.timeline
        reference = line.weights(random, length, taken=line.atoms, draws=DRAWS)
        return _Drawn(reference, line.weights(random, length, taken=line.taken, draws=DRAWS))

    def spread(self, random: np.random.Generator, length: int, size: int) -> float:
        """How far windows differ from references, as a mean square, resampled in blocks of that length."""
        compared = self._pooled(self.drawn(random, length), size, random)
        return float((statistic_of("hellinger").distance(compared) ** 2).mean())

    def powers(self, random: np.random.Generator, drawn: _Drawn, size: int) -> dict[str, Floats]:
        """(draws,) powers of each statistic in windows of ``size`` rows, by name."""
        over = {"pools": self._pooled(drawn, size, random)}
        grid = self.profile.grid
        if grid is not None:
            # The last cell is of missing values, which a grid has not.
            cells = self._cells(self.places, len(grid.counts) + 1)
            before, now = self._resized(cells, self.beyond, drawn, size, random)
            known = (before[:, :-1].sum(axis=1) > 0) & (now[:, :-1].sum(axis=1) > 0)
            if known.any():
                over["grid"] = on_grid(grid, before[known, :-1], now[known, :-1])
        statistics = {name: statistic_of(name) for name in MODULES}
        return {
            name: each.distance(over[each.over]) ** each.power
            for name, each in statistics.items()
            if each.over in over
        }

    def _pooled(self, drawn: _Drawn, size: int, random: np.random.Generator) -> Compared:
        profile = self.profile
        pool = pools_of(
            np.array(profile.counts, dtype=np.float64), profile.bins, rows=len(self.places), window_rows=size
        )
        of_place = pool[profile.coarse_place]
        cells = self._cells(of_place[self.places], int(pool.max()) + 1)
        before, now = self._resized(cells, of_place[self.beyond], drawn, size, random)
        return Compared(reference=before, window=now, edges=_NO_ORDER)

    def _cells(self, places: NDArray[np.int64], cells: int) -> Floats:
        """(atoms, cells) rows."""
        atoms, atom_of_row = self.timeline.atoms, self.timeline.atom_of_row
        found = by_phase(atom_of_row, places, of=atoms, bins=cells).astype(np.float64)
        if self.phases is None:
            return found
        of = int(self.phases.max()) + 1
        phases = by_phase(self.phases, places, of=of, bins=cells)
        shares = phases / np.maximum(phases.sum(axis=1, keepdims=True), 1)
        whole = phases.sum(axis=0) / len(places)
        # What is left of an atom without what its phases have of their own, as if there were no season.
        seasonal = by_phase(atom_of_row, self.phases, of=atoms, bins=of) @ (shares - whole)
        return np.asarray(np.maximum(found - seasonal, 0.0))

    def _resized(
        self,
        cells: Floats,
        beyond: NDArray[np.int64],
        drawn: _Drawn,
        size: int,
        random: np.random.Generator,
    ) -> tuple[Floats, Floats]:
        """(draws, cells) of references, and of windows as if ``size`` rows had been drawn of their time.

        The rows of a resampled window are themselves a sample, whose spread is a part of that of fewer rows.
        """
        before, now = drawn.reference @ cells, drawn.window @ cells
        rows = now.sum(axis=1, keepdims=True)
        shares = now / rows
        few = rows[:, 0] > size
        if few.any():
            thinned = size * rows[few] / (rows[few] - size)
            found = random.poisson(shares[few] * thinned)
            found[found.sum(axis=1) == 0] = 1
            shares[few] = found / found.sum(axis=1, keepdims=True)
        counts = shares * size
        for place in beyond:  # it is as likely that one more row is the greatest as that any other one is
            counts[:, place] += random.poisson(size / (self.timeline.rows + 1), size=len(counts))
        return before, counts


def _beyond(profile: ColumnProfile, column: Column) -> NDArray[np.int64]:
    """The finest bins just outside of the reference, on the sides whose last number came only once."""
    if profile.grid is None or not isinstance(profile.bins, NumericBins):
        return np.empty(0, np.int64)
    given = numbers(column)
    sides = [
        place
        for last, place in (
            (np.nanmin(given), np.searchsorted(profile.grid.edges, profile.bins.edges[0], side="left")),
            (np.nanmax(given), np.searchsorted(profile.grid.edges, profile.bins.edges[-1], side="right")),
        )
        if np.count_nonzero(given == last) == 1
    ]
    return np.array(sides, dtype=np.int64)


def _described(
    statistic: Statistic, timeline: Timeline, blocks: int, sizes: list[int], powers: list[Floats]
) -> NullDistribution:
    return NullDistribution(
        power=statistic.power,
        blocks=blocks,
        reference_rows=timeline.rows,
        rows=sizes,
        mean=[_short(each.mean()) for each in powers],
        deviation=[_short(each.std()) for each in powers],
        skewness=[_short(_skewness(each)) for each in powers],
        least=[_short(_least(statistic, timeline.rows, size)) for size in sizes],
    )


def _skewness(values: Floats) -> float:
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0


def _least(statistic: Statistic, reference_rows: int, size: int) -> float:
    """The power of one standard deviation, where half of the rows have one value and half another."""
    off = min(0.49, 0.5 * sqrt(1 / reference_rows + 1 / size))
    two = Compared(
        reference=reference_rows * np.array([0.5, 0.0, 0.5]),
        window=size * np.array([0.5 - off, 0.0, 0.5 + off]),
        edges=np.array([-0.5, 0.5]),
        spread=1.0,
    )
    return float(statistic.distance(two)) ** statistic.power


def _short(value: Any) -> float:
    return float(f"{float(value):.{_DIGITS}g}")
