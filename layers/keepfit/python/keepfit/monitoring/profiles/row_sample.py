"""Samples of whole rows, each value as its place among the finest bins of a reference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.bins import Binned, Column
from keepfit.monitoring.profiles.column_profile import ColumnProfile

ROWS: Final = 2_000
"""Of a sample, at most."""
_STORED: Final = np.dtype("<u2")

Places = Mapping[str, NDArray[np.int64]]
"""Name to (rows,) places, see ``ColumnProfile.places``."""


class RowSample(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a reference: by column, the place of each, two bytes a row."""

    columns: dict[str, bytes]

    @classmethod
    def of(cls, profiles: Mapping[str, ColumnProfile], columns: Mapping[str, Column]) -> RowSample:
        """A sample of (rows,) ``columns``, of those that have a profile; the same of the same rows."""
        rows = max(map(len, columns.values()), default=0)
        chosen = np.sort(np.random.default_rng(0).permutation(rows)[:ROWS])
        return cls(
            columns={
                name: _stored(profile.places(columns[name])[chosen]) for name, profile in profiles.items()
            }
        )

    @property
    def places(self) -> dict[str, NDArray[np.int64]]:
        """Name to (rows,) places."""
        return {
            name: np.frombuffer(kept, dtype=_STORED).astype(np.int64) for name, kept in self.columns.items()
        }

    def without(self, names: Collection[str]) -> RowSample:
        """The same rows without the columns ``names``."""
        return RowSample(columns={name: kept for name, kept in self.columns.items() if name not in names})


def _stored(places: NDArray[np.int64]) -> bytes:
    return np.minimum(places, np.iinfo(_STORED).max).astype(_STORED).tobytes()


class WindowSample:
    """A sample of the rows of a window that comes in parts, each row as likely in it as any other."""

    def __init__(self, profiles: Mapping[str, ColumnProfile]) -> None:
        self._profiles, self._random = profiles, np.random.default_rng(1)
        self._keys = np.empty(0)
        self._places = {name: np.empty(0, np.int64) for name in profiles}

    def add(
        self,
        versions: NDArray[np.int64],
        columns: Mapping[str, NDArray[Any] | Binned],
        has_column: Callable[[int, str], bool],
    ) -> None:
        """Adds the rows of those versions that have every column."""
        if any(name not in columns for name in self._profiles):
            return
        whole = [
            version
            for version in np.unique(versions).tolist()
            if all(has_column(version, name) for name in self._profiles)
        ]
        rows = np.flatnonzero(np.isin(versions, whole))
        new = self._random.random(len(rows))
        if len(new) > ROWS:
            least = np.argpartition(new, ROWS)[:ROWS]
            rows, new = rows[least], new[least]
        keys = np.concatenate([self._keys, new])
        kept = np.argsort(keys)[:ROWS]
        self._keys = keys[kept]
        for name, profile in self._profiles.items():
            places = np.concatenate([self._places[name], _places(profile, columns[name], rows)])
            self._places[name] = places[kept]

    @property
    def rows(self) -> int:
        """How many rows the sample has."""
        return len(self._keys)

    @property
    def places(self) -> Places:
        """Name to (rows,) places."""
        return self._places


def _places(
    profile: ColumnProfile, values: NDArray[Any] | Binned, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    return values.bins[rows].astype(np.int64) if isinstance(values, Binned) else profile.places(values[rows])
