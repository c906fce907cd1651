"""The layout of a window's counts in one vector, so that windows add up as vectors do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.estimation.summed_tally import SummedTally
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.season_names import PHASES
from keepfit.monitoring.profiles.segments import coarse
from keepfit.monitoring.profiles.window import Window
from keepfit.monitoring.profiles.window_profile import WindowProfile

# 1: the first.
SCHEMA = 1
Vector = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLayout:
    """Where each count lies in a vector of ``width`` counts; by name, of inputs, outputs and segments.

    Inputs and outputs have their finest bins, see ``ColumnProfile.places``, and in ``inputs_present`` and
    ``outputs_present`` how often there were rows that had them. ``sums`` is how many sums of answers there are beside.
    """

    reference: ReferenceProfile
    champion: int
    inputs: Mapping[str, slice]
    outputs: Mapping[str, slice]
    inputs_present: Mapping[str, int]
    outputs_present: Mapping[str, int]
    segments: Mapping[str, slice]
    phases: slice
    own_phases: slice
    answers: slice
    width: int
    sums: int

    @property
    def counted_as(self) -> str:
        """A digest of all that decides where a row is counted."""
        reference = self.reference
        said = [
            SCHEMA,
            self.champion,
            [_bins(columns) for columns in (reference.columns, reference.outputs)],
            reference.segments and (reference.segments.by, reference.segments.segments, [*self.segments]),
            reference.season and reference.season.season,
            reference.estimator,
        ]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()

    def window(self, counts: Vector, sums: NDArray[np.float64], rows_by_version: dict[int, int]) -> Window:
        """The window of which ``counts`` are the (width,) counts and ``sums`` the (sums,) sums of answers."""
        reference = self.reference
        inputs = {name: counts[at] for name, at in self.inputs.items() if counts[self.inputs_present[name]]}
        outputs = {
            name: counts[at] for name, at in self.outputs.items() if counts[self.outputs_present[name]]
        }
        answers = tally_of(reference)
        if answers is not None:
            answers.merge(counts[self.answers], sums)
        return Window(
            profile=WindowProfile(
                rows=sum(rows_by_version.values()),
                columns=_coarse(reference.columns, inputs),
                outputs=_coarse(reference.outputs, outputs),
                grids=_grids(reference.columns, inputs),
                output_grids=_grids(reference.outputs, outputs),
            ),
            rows_by_version=dict(sorted(rows_by_version.items())),
            segments=self._segments(counts, inputs),
            phases=counts[self.phases].tolist(),
            own_phases=counts[self.own_phases].tolist(),
            answers=answers,
        )

    def _segments(self, counts: Vector, inputs: Mapping[str, Vector]) -> dict[str, Vector]:
        of_segments = self.reference.segments
        if of_segments is None or of_segments.by not in inputs:
            return {}
        rows = len(of_segments.segments)
        return {name: counts[at].reshape(rows, -1) for name, at in self.segments.items() if name in inputs}


def layout_of(reference: ReferenceProfile, champion: int) -> CountLayout:
    """The layout of windows in the bins of ``reference``, which is that of the version ``champion``."""
    end = 0

    def take(length: int) -> slice:
        nonlocal end
        end += length
        return slice(end - length, end)

    phases = PHASES[reference.season.season] if reference.season else 0
    tally, by_segment = tally_of(reference), reference.segments
    segments = len(by_segment.segments) if by_segment else 0
    return CountLayout(
        reference=reference,
        champion=champion,
        inputs={name: take(finest(profile)) for name, profile in reference.columns.items()},
        outputs={name: take(finest(profile)) for name, profile in reference.outputs.items()},
        inputs_present={name: take(1).start for name in reference.columns},
        outputs_present={name: take(1).start for name in reference.outputs},
        segments={
            name: take(segments * len(coarse(reference.columns[name].bins).count([])))
            for name in (by_segment.columns if by_segment else ())
            if name in reference.columns
        },
        phases=take(phases),
        own_phases=take(phases),
        answers=take(0 if tally is None else len(tally.counts)),
        sums=0 if tally is None else len(tally.sums),
        width=end,
    )


def finest(profile: ColumnProfile) -> int:
    """The number of a column's finest bins, that of missing values among them."""
    return len(profile.counts) if profile.grid is None else len(profile.grid.edges) + 2


def tally_of(reference: ReferenceProfile) -> SummedTally | None:
    """An empty tally of answers that adds up; None where there is none, or answers are sampled."""
    tally = None if reference.estimator is None else reference.estimator.tally()
    return tally if isinstance(tally, SummedTally) else None


def _bins(columns: Mapping[str, ColumnProfile]) -> list[object]:
    return [(name, each.bins, each.grid and each.grid.edges) for name, each in columns.items()]


def _coarse(profiles: Mapping[str, ColumnProfile], counted: Mapping[str, Vector]) -> dict[str, list[int]]:
    found = dict[str, list[int]]()
    for name, counts in counted.items():
        profile = profiles[name]
        if profile.grid is not None:
            counts = np.bincount(profile.coarse_place, weights=counts, minlength=len(profile.counts))  # noqa: PLW2901
        found[name] = counts.astype(np.int64).tolist()
    return found


def _grids(profiles: Mapping[str, ColumnProfile], counted: Mapping[str, Vector]) -> dict[str, list[int]]:
    return {name: counts[:-1].tolist() for name, counts in counted.items() if profiles[name].grid is not None}
