"""Redundant columns: those that say nearly the same as another, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from keepfit.features.encoding.matrix import plain_values
from keepfit.features.schema.signature import Column
from keepfit.features.schema.types.base import type_of

MIN_AGREEMENT = 0.995
"""Columns that agree in this share of rows say nearly the same."""
MIN_RANK_CORRELATION = 0.999
"""And so do numbers that are ordered alike: trees ask for nothing but their order."""
MAX_COMPARED_ROWS = 20_000
_MINUTE_S = 60.0

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def redundant(
    columns: Sequence[Column], values: Mapping[str, Any], *, last: Sequence[str] = ()
) -> dict[str, str]:
    """Maps each redundant column to the one that says the same and is not redundant itself.

    Of columns that say the same, the first stays; those named in ``last`` come after all others.

    Args:
        columns: those that a model may read.
        values: (rows,) by name, masked where missing.
        last: the columns that others are preferred to.
    """
    same: dict[str, str] = {}
    ordered = sorted(columns, key=lambda column: column.name in last)
    comparable = {column.name: _Comparable(column, values[column.name]) for column in ordered}
    staying: list[str] = []
    for column in ordered:
        twin = next((name for name in staying if comparable[column.name].agrees(comparable[name])), None)
        if twin is None:
            staying.append(column.name)
        else:
            same[column.name] = twin
    return same


class _Comparable:
    """A column's values in the form in which they are compared with others of its encoding."""

    def __init__(self, column: Column, values: Any) -> None:
        self._encoding = type_of(column.type).encoding
        self._codes: Codes | None = None
        self._numbers = np.empty(0)
        step = -(-len(values) // MAX_COMPARED_ROWS) or 1
        plain = plain_values(values[::step])
        if self._encoding == "number":
            self._numbers = np.array([np.nan if value is None else float(value) for value in plain])
        elif self._encoding == "calendar":
            self._numbers = np.array([np.nan if at is None else at.timestamp() for at in plain])
        else:
            self._codes = np.unique([_text(value) for value in plain], return_inverse=True)[1]
        self._missing = np.isnan(self._numbers)

    def agrees(self, other: _Comparable) -> bool:
        """Whether both say nearly the same of nearly every row."""
        if self._encoding != other._encoding:
            return False
        if self._codes is not None and other._codes is not None:
            return min(_predicted(self._codes, other._codes), _predicted(other._codes, self._codes)) >= (
                MIN_AGREEMENT
            )
        if (self._missing == other._missing).mean() < MIN_AGREEMENT:
            return False
        both = ~self._missing & ~other._missing
        if self._encoding == "calendar":
            return _share_apart_alike(self._numbers[both] - other._numbers[both]) >= MIN_AGREEMENT
        return abs(_rank_correlation(self._numbers[both], other._numbers[both])) >= MIN_RANK_CORRELATION


def _text(value: Any) -> str:
    return "" if value is None else f"={value}"


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's; 0 where one of both is constant."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


def _share_apart_alike(seconds: Floats) -> float:
    """The share of rows with the most frequent difference, to the minute."""
    if not len(seconds):
        return 0.0
    _, counts = np.unique(np.round(seconds / _MINUTE_S), return_counts=True)
    return float(counts.max() / len(seconds))


def _predicted(given: Codes, wanted: Codes) -> float:
    """The share of rows whose ``wanted`` is that of most other rows with the same ``given``.

    A row does not vote for itself, or a column of names that come once each would predict all.
    """
    pairs, pair_of, pair_counts = np.unique(
        np.column_stack([given, wanted]), axis=0, return_inverse=True, return_counts=True
    )
    best = np.zeros(given.max(initial=0) + 1, dtype=np.int64)
    np.maximum.at(best, pairs[:, 0], pair_counts)
    own = pair_counts[pair_of.reshape(-1)]
    return float(((own == best[given]) & (own > 1)).mean()) if len(given) else 0.0
