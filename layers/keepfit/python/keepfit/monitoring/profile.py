"""Profiles: what a model was trained on, counted in bins, and later windows counted in the same bins."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.errors import EmptyWindow, NotFound
from keepfit.features.definition import FieldType


@dataclass(frozen=True, slots=True)
class Binned:
    """A column as the (rows,) bin that each row falls into, in the order of the counts.

    What reads many rows can find their bins where they lie, and need not make a text of each.
    """

    bins: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bins)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Binned:
        return Binned(self.bins[chosen])


Column = NDArray[Any] | Sequence[Any]

NUMERIC_BINS = 10
RARE_SHARE = 0.01
_QUANTILES = np.arange(1, NUMERIC_BINS) / NUMERIC_BINS


class NumericBins(msgspec.Struct, frozen=True, kw_only=True, tag="numeric"):
    """Bins ``(-inf, e0], (e0, e1], ..., (en, inf)`` by ascending ``edges``, and one for missing values.

    Edges are values of the reference itself, so that heavily repeated values stay in one bin.
    """

    edges: list[float]

    @classmethod
    def of(cls, column: Column) -> NumericBins:
        """Ten bins of about equal reference counts; fewer where values repeat."""
        values = _numbers(column)
        values = values[np.isfinite(values)]
        if not len(values):
            return cls(edges=[])
        low, high = float(values.min()), float(values.max())
        quantiles = np.unique(np.quantile(values, _QUANTILES, method="inverted_cdf"))
        edges = [float(edge) for edge in quantiles if edge < high]
        # Where nearly all values are the highest, one bin below it; where it is the only one, also one above.
        around = [math.nextafter(high, -math.inf), *([high] if low == high else [])]
        return cls(edges=edges or [edge for edge in around if math.isfinite(edge)])

    def count(self, column: Column) -> list[int]:
        """(edges + 2,) rows per bin; the last one is the missing."""
        values = _numbers(column)
        present = values[~np.isnan(values)]
        found = np.bincount(np.searchsorted(self.edges, present, side="left"), minlength=len(self.edges) + 1)
        return [*found.tolist(), len(values) - len(present)]

    @property
    def labels(self) -> list[str]:
        """One text per bin, in the order of the counts."""
        if not self.edges:
            return ["any", "missing"]
        names = [f"{edge:.4g}" for edge in self.edges]
        inner = [f"{low} - {high}" for low, high in pairwise(names)]
        return [f"<= {names[0]}", *inner, f"> {names[-1]}", "missing"]


class CategoryBins(msgspec.Struct, frozen=True, kw_only=True, tag="category"):
    """One bin per frequent value of the reference, one for all others (rare or unseen), one for missing."""

    values: list[str]

    @classmethod
    def of(cls, column: Column) -> CategoryBins:
        """A bin for each value that holds at least one percent of the reference, the most frequent first."""
        found = _texts(column)
        least = RARE_SHARE * sum(found.values())
        frequent = [value for value, count in found.items() if value is not None and count >= least]
        return cls(values=sorted(frequent, key=lambda value: (-found[value], value)))

    def count(self, column: Column) -> list[int]:
        """(values + 2,) rows per bin; the last two are the others and the missing."""
        found = _texts(column)
        missing = found.pop(None, 0)
        known = [found.pop(value, 0) for value in self.values]
        return [*known, sum(found.values()), missing]

    @property
    def labels(self) -> list[str]:
        """One text per bin, in the order of the counts."""
        return [*self.values, "other", "missing"]


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the reference: its bins and how many reference rows fell into each."""

    bins: NumericBins | CategoryBins
    counts: list[int]

    def count(self, column: Column | Binned) -> list[int]:
        """Rows of another window per bin."""
        if not isinstance(column, Binned):
            return self.bins.count(column)
        counted: list[int] = np.bincount(column.bins, minlength=len(self.counts)).tolist()
        return counted


class WindowProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a window counted in a reference's bins. Profiles of parts add up to the profile of the whole.

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
    """What a model was trained on: per input its bins and counts, and the score its winner gave."""

    rows: int
    columns: dict[str, ColumnProfile]
    score: ColumnProfile | None = None

    def with_score(self, scores: Column) -> ReferenceProfile:
        """The same profile with the model's own probabilities on rows that it was not trained on."""
        return msgspec.structs.replace(self, score=_profile(NumericBins.of(scores), scores))

    def counts_of(
        self, columns: Mapping[str, Column | Binned], scores: Column | None = None
    ) -> WindowProfile:
        """A window in this reference's bins. Columns that the reference does not have are left out.

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
        """The inverse of ``to_json``. Raises msgspec.ValidationError where ``data`` is not a profile."""
        return msgspec.json.decode(data, type=cls)


def profile_of(columns: Mapping[str, Column], types: Mapping[str, FieldType]) -> ReferenceProfile:
    """The reference profile of ``columns``, in the order of ``types``; timestamps are left out.

    A timestamp only ever grows, so every window would differ from the reference.

    Args:
        columns: name to (rows,) values; None, NaN and masked values are missing.
        types: name to type of the columns to profile.

    Raises:
        EmptyWindow: there is no row.
        NotFound: a name of ``types`` is not in ``columns``.
    """
    profiled = {name: kind for name, kind in types.items() if kind != "timestamp"}
    absent = [name for name in profiled if name not in columns]
    if absent:
        raise NotFound(f"no column {absent[0]!r} to profile; the columns are {', '.join(columns)}")
    rows = max((len(columns[name]) for name in profiled), default=0)
    if not rows:
        raise EmptyWindow("a reference profile needs at least one row")
    return ReferenceProfile(
        rows=rows,
        columns={
            name: _profile(_bins(kind, columns[name]), columns[name]) for name, kind in profiled.items()
        },
    )


def _bins(kind: FieldType, column: Column) -> NumericBins | CategoryBins:
    return NumericBins.of(column) if kind in ("float", "int") else CategoryBins.of(column)


def _profile(bins: NumericBins | CategoryBins, column: Column) -> ColumnProfile:
    return ColumnProfile(bins=bins, counts=bins.count(column))


def _numbers(column: Column) -> NDArray[np.float64]:
    if isinstance(column, np.ma.MaskedArray):
        present = np.asarray(column.data, dtype=np.float64)
        return np.where(np.ma.getmaskarray(column), np.nan, present)
    return np.asarray(column, dtype=np.float64)


def _texts(column: Column) -> Counter[str | None]:
    """How often each value occurs, as text; None is missing."""
    values = column.tolist() if isinstance(column, np.ndarray) else column
    found: Counter[str | None] = Counter()
    for value, count in Counter(values).items():
        found[_text(value)] += count
    return found


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def _summed(one: list[int] | None, other: list[int] | None) -> list[int] | None:
    if one is None or other is None:
        return one if other is None else other
    return [a + b for a, b in zip(one, other, strict=True)]
