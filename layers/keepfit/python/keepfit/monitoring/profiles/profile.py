"""Profiles: a model's training data counted in bins, and later windows in the same bins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow, NotFound
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, Column, NumericBins
from keepfit.monitoring.profiles.segments import SegmentProfile, segment_profile
from keepfit.tasks.base import Outputs, ProfileKind, ServingTask

# 1: only values of at least a hundredth of the rows were known, and all others were one bin.
# 2: of what is predicted there was one column, the probability, which was called the score.
SCHEMA = 3
_FORMER_OUTPUT = "probability"
_NO_COLUMNS: Mapping[str, Column | Binned] = MappingProxyType({})


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the reference: its bins and the reference rows in each."""

    bins: Bins
    counts: list[int]

    def count(self, column: Column | Binned) -> list[int]:
        """Counts rows of another window per bin."""
        if not isinstance(column, Binned):
            return self.bins.count(column)
        counted: list[int] = np.bincount(column.bins, minlength=len(self.counts)).tolist()
        return counted


class WindowProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a window counted in the reference's bins; profiles of parts add up to the whole's.

    ``columns`` holds only what the window has. ``outputs`` counts the columns of what one version predicted; the others
    may come from the requests of all, so they need not have the same sum.
    """

    rows: int
    columns: dict[str, list[int]]
    outputs: dict[str, list[int]] = {}

    def __add__(self, other: WindowProfile) -> WindowProfile:
        return WindowProfile(
            rows=self.rows + other.rows,
            columns=_summed(self.columns, other.columns),
            outputs=_summed(self.outputs, other.outputs),
        )


class ReferenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of a model's training: bins and counts by input, and of holdout predictions.

    ``timestamps`` are inputs that have no bins. ``score`` is how the one column of predictions was kept. ``segments``
    has the columns by segment, None for a model without any.
    """

    schema: int = 1
    rows: int
    columns: dict[str, ColumnProfile]
    outputs: dict[str, ColumnProfile] = {}
    score: ColumnProfile | None = None
    timestamps: list[str] = []
    segments: SegmentProfile | None = None

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
        rows = [
            task.watch(output, prediction)
            for output, prediction in zip(outputs.tolist(), task.decide(outputs), strict=True)
        ]
        watched = {name: _profile(kind, [row[name] for row in rows]) for name, kind in task.watched.items()}
        return msgspec.structs.replace(self, outputs=watched)

    def without(self, names: Collection[str]) -> ReferenceProfile:
        """The same profile without the inputs ``names``, which are not watched."""
        return msgspec.structs.replace(
            self,
            columns={name: column for name, column in self.columns.items() if name not in names},
            timestamps=[name for name in self.timestamps if name not in names],
            segments=None if self.segments is None else self.segments.without(names),
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
        return WindowProfile(
            rows=max(map(len, (*columns.values(), *outputs.values())), default=0),
            columns=_counted(self.columns, columns),
            outputs=_counted(self.outputs, outputs),
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
        columns={name: _profile(bins, columns[name]) for name, bins in profiled.items()},
        timestamps=[name for name in types if name not in profiled],
    )


def _profile(bins: ProfileKind, column: Column) -> ColumnProfile:
    if bins == "numbers":
        numeric = NumericBins.of(column)
        return ColumnProfile(bins=numeric, counts=numeric.count(column))
    if bins == "truths":  # there is no third value that the reference could have missed
        both = CategoryBins(values=["false", "true"], unseen=1)
        return ColumnProfile(bins=both, counts=both.count(column))
    categories, counts = CategoryBins.reference_of(column)
    return ColumnProfile(bins=categories, counts=counts)


def _counted(
    profiles: Mapping[str, ColumnProfile], columns: Mapping[str, Column | Binned]
) -> dict[str, list[int]]:
    return {name: profile.count(columns[name]) for name, profile in profiles.items() if name in columns}


def _summed(one: Mapping[str, list[int]], other: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """By name; a column that one of both has not is the other's."""
    both = {
        name: [a + b for a, b in zip(one[name], other[name], strict=True)] for name in one if name in other
    }
    return {name: both.get(name, counts) for name, counts in {**one, **other}.items()}
