"""Profiles: a model's training data counted in bins, and later windows in the same bins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.errors import EmptyWindow, NotFound
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.monitoring.estimation.registry import AnyEstimator
from keepfit.monitoring.profiles.bins import (
    Binned,
    Bins,
    Column,
    in_order,
)
from keepfit.monitoring.profiles.column_profile import ColumnProfile, column_profile
from keepfit.monitoring.profiles.ordered import Ordered
from keepfit.monitoring.profiles.row_sample import RowSample
from keepfit.monitoring.profiles.season import SeasonProfile, by_phase, like, phases_of
from keepfit.monitoring.profiles.season_names import PHASES, SeasonName
from keepfit.monitoring.profiles.segments import SegmentProfile, segment_profile
from keepfit.monitoring.profiles.window_profile import WindowProfile
from keepfit.tasks.base import Outputs, ServingTask

# 1: only values of at least a hundredth of the rows were known, and all others were one bin.
# 2: of what is predicted there was one column, the probability, which was called the score.
# 3: numbers had their coarse bins alone.
SCHEMA = 4
_FORMER_OUTPUT = "probability"
_NO_COLUMNS: Mapping[str, Column | Binned] = MappingProxyType({})


class ReferenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of a model's training: bins and counts by input, and of holdout predictions.

    ``timestamps`` are inputs that have no bins. ``score`` is how the one column of predictions was kept. ``segments``
    has the columns by segment, None for a model without any. ``window_seconds`` is how long the windows are that the
    columns' null distributions are of, None where they have none. ``season`` and ``output_season`` have the columns and
    outputs by the phases of a season, None without one. ``estimator`` estimates how well the version does, None where
    nothing is known of that. ``sample`` has rows of the reference, None where none are wanted.
    """

    schema: int = 1
    rows: int
    columns: dict[str, ColumnProfile]
    outputs: dict[str, ColumnProfile] = {}
    score: ColumnProfile | None = None
    timestamps: list[str] = []
    segments: SegmentProfile | None = None
    window_seconds: float | None = None
    season: SeasonProfile | None = None
    output_season: SeasonProfile | None = None
    estimator: AnyEstimator | None = None
    sample: RowSample | None = None

    @property
    def bins(self) -> dict[str, Bins]:
        """The bins of each input."""
        return {name: column.bins for name, column in self.columns.items()}

    def with_segments(self, by: str, columns: Mapping[str, Column]) -> ReferenceProfile:
        """The same profile with its inputs by the values of the column ``by``, given the (rows,) ``columns``."""
        profiled = {name: columns[name] for name in self.columns}
        return msgspec.structs.replace(self, segments=segment_profile(by, profiled, self.bins))

    def with_outputs(self, task: ServingTask, outputs: Outputs) -> ReferenceProfile:
        """The same profile with what the model itself predicts on rows that it was not trained on."""
        rows = watched_columns(task, outputs)
        watched = {name: column_profile(kind, rows[name]) for name, kind in task.watched.items()}
        return msgspec.structs.replace(self, outputs=watched)

    def like(self, rows: Sequence[int], own_rows: Sequence[int]) -> ReferenceProfile:
        """The same profile as if it had the phases of a window; as it is, where it has no season.

        Args:
            rows: (phases,) rows of the window.
            own_rows: (phases,) those that the version answered which this profile belongs to.
        """
        return msgspec.structs.replace(
            self,
            columns=_alike(self.columns, self.season, rows),
            outputs=_alike(self.outputs, self.output_season, own_rows),
        )

    def without(self, names: Collection[str]) -> ReferenceProfile:
        """The same profile without the inputs ``names``, which are not watched."""
        return msgspec.structs.replace(
            self,
            columns={name: column for name, column in self.columns.items() if name not in names},
            timestamps=[name for name in self.timestamps if name not in names],
            segments=None if self.segments is None else self.segments.without(names),
            season=None if self.season is None else self.season.without(names),
            sample=None if self.sample is None else self.sample.without(names),
        )

    def counts_of(
        self,
        columns: Mapping[str, Column | Binned],
        outputs: Mapping[str, Column | Binned] = _NO_COLUMNS,
    ) -> WindowProfile:
        """Counts a window in the reference's bins, without columns that the reference lacks.

        Args:
            columns: name to (rows,) values; None, NaN and masked values are missing.
            outputs: likewise, any number of rows that the version answered which this profile belongs to.
        """
        inputs, answers = _counted(self.columns, columns), _counted(self.outputs, outputs)
        return WindowProfile(
            rows=max(map(len, (*columns.values(), *outputs.values())), default=0),
            columns=inputs.bins,
            outputs=answers.bins,
            grids=inputs.grids,
            output_grids=answers.grids,
        )

    def to_json(self) -> bytes:
        """Canonical JSON: the same profile is always the same bytes."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes) -> ReferenceProfile:
        """The inverse of ``to_json``, also for older schemas.

        Raises:
            msgspec.ValidationError: ``data`` is no profile, or one of a newer schema than is known here.
        """
        profile = msgspec.json.decode(data, type=cls)
        if profile.schema > SCHEMA:
            raise msgspec.ValidationError(
                f"schema {profile.schema} is newer than {SCHEMA}, deploy the newer release"
            )
        if profile.score is None:
            return profile
        return msgspec.structs.replace(profile, outputs={_FORMER_OUTPUT: profile.score}, score=None)


def watched_columns(task: ServingTask, outputs: Outputs) -> dict[str, list[Any]]:
    """Name to (rows,) values of what is watched of ``outputs``."""
    rows = [
        task.watch(output, prediction)
        for output, prediction in zip(outputs.tolist(), task.decide(outputs), strict=True)
    ]
    return {name: [row[name] for row in rows] for name in task.watched}


def profile_of(columns: Mapping[str, Column], types: Mapping[str, FieldType]) -> ReferenceProfile:
    """The reference profile of ``columns``, in the order of ``types``; timestamps by name only.

    A timestamp only ever grows, so every window would differ from the reference.

    Args:
        columns: name to (rows,) values; None, NaN and masked values are missing.
        types: name to type of the columns to profile.

    Raises:
        EmptyWindow: there is no row.
        NotFound: a name of ``types`` is not in ``columns``.
    """
    profiled = {name: bins for name, kind in types.items() if (bins := type_of(kind).profile)}
    absent = [name for name in profiled if name not in columns]
    if absent:
        raise NotFound(f"no column {absent[0]!r} to profile; the columns are {', '.join(columns)}")
    rows = max(map(len, columns.values()), default=0)
    if not rows:
        raise EmptyWindow("a reference profile needs at least one row")
    return ReferenceProfile(
        schema=SCHEMA,
        rows=rows,
        columns={name: column_profile(bins, columns[name]) for name, bins in profiled.items()},
        timestamps=[name for name in types if name not in profiled],
    )


def _alike(
    columns: Mapping[str, ColumnProfile], season: SeasonProfile | None, rows: Sequence[int]
) -> dict[str, ColumnProfile]:
    if season is None or not any(rows):
        return dict(columns)
    found = dict(columns)
    for name, column in columns.items():
        if name in season.counts:
            grid = column.grid
            if grid is not None and name in season.grids and any(map(any, season.grids[name])):
                grid = msgspec.structs.replace(grid, counts=like(season.grids[name], rows))
            found[name] = msgspec.structs.replace(column, counts=like(season.counts[name], rows), grid=grid)
    return found


def season_of(
    season: SeasonName,
    profiles: Mapping[str, ColumnProfile],
    columns: Mapping[str, Column],
    seconds: NDArray[np.int64],
) -> SeasonProfile:
    """The rows of a reference by the phases of ``season``, of (rows,) columns and moments."""
    phases, of = phases_of(season, seconds), PHASES[season]
    counts, grids = dict[str, list[list[int]]](), dict[str, list[list[int]]]()
    for name, profile in profiles.items():
        places = profile.places(columns[name])
        coarse = profile.coarse_place[places]
        counts[name] = by_phase(phases, coarse, of=of, bins=len(profile.counts)).tolist()
        if profile.grid is not None:
            cells = by_phase(phases, places, of=of, bins=len(profile.grid.counts) + 1)
            grids[name] = cells[:, :-1].tolist()
    rows: list[int] = np.bincount(phases, minlength=of).tolist()
    return SeasonProfile(season=season, rows=rows, counts=counts, grids=grids)


@dataclass(frozen=True, slots=True)
class _Counted:
    bins: dict[str, list[int]]
    grids: dict[str, list[int]]


def _counted(profiles: Mapping[str, ColumnProfile], columns: Mapping[str, Column | Binned]) -> _Counted:
    found = _Counted({}, {})
    for name, profile in profiles.items():
        if name not in columns:
            continue
        values: Column | Binned | Ordered = columns[name]
        if profile.grid is not None and not isinstance(values, Binned):
            values = in_order(values)
            found.grids[name] = profile.grid.count(values).tolist()
        found.bins[name] = profile.count(values)
    return found
