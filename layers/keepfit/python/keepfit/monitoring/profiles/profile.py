"""Profiles: a model's training data counted in bins, and later windows in the same bins."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow, NotFound
from keepfit.features.schema.definition import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, Column, NumericBins

# 1: only values of at least a hundredth of the rows were known, and all others were one bin.
SCHEMA = 2


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

    ``columns`` holds only what the window has. ``score`` counts the probabilities that one version answered;
    the columns may come from the requests of all, so the two need not have the same sum.
    """

    rows: int
    columns: dict[str, list[int]]
    score: list[int] | None = None

    def __add__(self, other: WindowProfile) -> WindowProfile:
        names = [*self.columns, *(name for name in other.columns if name not in self.columns)]
        return WindowProfile(
            rows=self.rows + other.rows,
            columns={name: _summed(self.columns.get(name), other.columns.get(name)) or [] for name in names},
            score=_summed(self.score, other.score),
        )


class ReferenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The reference of a model: bins and counts of each input, and of its winner's scores.

    ``timestamps`` are inputs that have no bins.
    """

    schema: int = 1
    rows: int
    columns: dict[str, ColumnProfile]
    score: ColumnProfile | None = None
    timestamps: list[str] = []

    def with_score(self, scores: Column) -> ReferenceProfile:
        """The same profile with the model's own probabilities on rows outside its training."""
        return msgspec.structs.replace(self, score=_profile("float", scores))

    def counts_of(
        self, columns: Mapping[str, Column | Binned], scores: Column | None = None
    ) -> WindowProfile:
        """Counts a window in the reference's bins, without columns that the reference lacks.

        Args:
            columns: name to (rows,) values; None, NaN and masked values are missing.
            scores: (any number of rows,) probabilities of the version that this profile belongs to.
        """
        shared = {name: profile for name, profile in self.columns.items() if name in columns}
        return WindowProfile(
            rows=max((len(column) for column in columns.values()), default=0),
            columns={name: profile.count(columns[name]) for name, profile in shared.items()},
            score=self.score.count(scores) if self.score is not None and scores is not None else None,
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
        found = msgspec.json.decode(data, type=cls)
        if found.schema > SCHEMA:
            raise msgspec.ValidationError(
                f"schema {found.schema} is newer than {SCHEMA}, deploy the newer release"
            )
        return found


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
    profiled = {name: kind for name, kind in types.items() if type_of(kind).profile}
    absent = [name for name in profiled if name not in columns]
    if absent:
        raise NotFound(f"no column {absent[0]!r} to profile; the columns are {', '.join(columns)}")
    rows = max((len(columns[name]) for name in profiled), default=0)
    if not rows:
        raise EmptyWindow("a reference profile needs at least one row")
    return ReferenceProfile(
        schema=SCHEMA,
        rows=rows,
        columns={name: _profile(kind, columns[name]) for name, kind in profiled.items()},
        timestamps=[name for name in types if name not in profiled],
    )


def _profile(kind: FieldType, column: Column) -> ColumnProfile:
    watched_as = type_of(kind).profile
    if watched_as == "numbers":
        numeric = NumericBins.of(column)
        return ColumnProfile(bins=numeric, counts=numeric.count(column))
    if watched_as == "truths":  # there is no third value that the reference could have missed
        both = CategoryBins(values=["false", "true"], unseen=1)
        return ColumnProfile(bins=both, counts=both.count(column))
    categories, counts = CategoryBins.reference_of(column)
    return ColumnProfile(bins=categories, counts=counts)


def _summed(one: list[int] | None, other: list[int] | None) -> list[int] | None:
    if one is None or other is None:
        return one if other is None else other
    return [a + b for a, b in zip(one, other, strict=True)]
