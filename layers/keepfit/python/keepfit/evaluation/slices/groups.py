"""Groups the rows of a holdout by the values of a column: categories, or bins of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_CATEGORIES = 30
"""Of a column with more, the rarer ones are one group."""
BINS = 4
MISSING, OTHERS = "missing", "other values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups of a column.

    Args:
        column: its name.
        names: of the groups.
        codes: (rows,) the number of each row's group in ``names``.
    """

    column: str
    names: Sequence[str]
    codes: npt.NDArray[np.int64]

    def counts(self) -> npt.NDArray[np.int64]:
        """(groups,) how many rows each has."""
        return np.bincount(self.codes, minlength=len(self.names))

    def rows_of(self, name: str) -> npt.NDArray[np.bool_]:
        """(rows,) which are in the group ``name``; none where there is no such group."""
        number = self.names.index(name) if name in self.names else -1
        return np.asarray(self.codes == number)


def grouped(column: str, values: Sequence[Any]) -> Groups:
    """Bins for numbers, categories for anything else; None is missing."""
    present = [value for value in values if value is not None]
    if present and all(type(value) in (int, float) for value in present):
        return binned(column, values)
    return categories(column, values)


def categories(column: str, values: Sequence[Any], most: int = MAX_CATEGORIES) -> Groups:
    """A group for each of the ``most`` frequent values.

    >>> found = categories("store", ["b", "a", None, "b", True])
    >>> list(found.names), found.codes.tolist()
    (['a', 'b', 'true', 'missing'], [1, 0, 3, 1, 2])
    """
    known, codes = np.unique([_text(value) for value in values if value is not None], return_inverse=True)
    frequent = np.sort(np.argsort(-np.bincount(codes, minlength=len(known)), kind="stable")[:most])
    place = np.full(len(known), len(frequent))
    place[frequent] = np.arange(len(frequent))
    names = [*known[frequent].tolist(), OTHERS, MISSING]
    numbers = np.full(len(values), len(frequent) + 1, dtype=np.int64)
    numbers[[value is not None for value in values]] = place[codes]
    return _without_empty(column, names, numbers)


def binned(column: str, values: Sequence[float | None], bins: int = BINS) -> Groups:
    """Groups of similar size by the quantiles of numbers, which never part equal ones.

    >>> found = binned("age", [1, 2, 3, 4, None], bins=2)
    >>> list(found.names), found.codes.tolist()
    (['below 3', '3 and above', 'missing'], [0, 0, 1, 1, 2])
    """
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    missing = np.isnan(numbers)
    if missing.all():
        return _without_empty(column, [MISSING], np.zeros(len(values), dtype=np.int64))
    quantiles = np.quantile(numbers[~missing], np.linspace(0, 1, bins + 1)[1:-1], method="higher")
    edges = np.unique(quantiles[quantiles > numbers[~missing].min()])
    codes = np.where(missing, len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    return _without_empty(column, [*_ranges([f"{edge:.6g}" for edge in edges]), MISSING], codes)


def _ranges(edges: list[str]) -> list[str]:
    if not edges:
        return ["any value"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *between, f"{edges[-1]} and above"]


def _without_empty(column: str, names: Sequence[str], codes: npt.NDArray[np.int64]) -> Groups:
    occurring, numbers = np.unique(codes, return_inverse=True)
    return Groups(column=column, names=[names[code] for code in occurring], codes=numbers.astype(np.int64))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
