"""Bins of a column's values, whose number does not grow with the rows."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.ordered import Ordered


@dataclass(frozen=True, slots=True)
class Binned:
    """A column as the (rows,) bin of each row, in the order of the counts.

    What reads many rows can find their bins where they lie, and need not make a text of each.
    """

    bins: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bins)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Binned:
        return Binned(self.bins[chosen])


Column = NDArray[Any] | Sequence[Any]

NUMERIC_BINS = 10
# What the known values of one column may take of profile.json, in bytes; a few thousand names of places fit.
MAX_KNOWN_BYTES = 65_536
# A value that came once is no better known than one that never came.
_MIN_KNOWN = 2
# Where unseen values are the rule, they share so many bins by their hash: from so many different ones on that each
# bin holds dozens, or which bin is how full would be chance.
UNSEEN_BINS = 16
_UNSEEN_ARE_THE_RULE = 32 * UNSEEN_BINS
# So many values are shown by name in a report, the most frequent first.
_MAX_SHOWN = 100
_QUANTILES = np.arange(1, NUMERIC_BINS) / NUMERIC_BINS


class NumericBins(msgspec.Struct, frozen=True, kw_only=True, tag="numeric"):
    """Bins ``(-inf, e0], (e0, e1], ..., (en, inf)`` by ascending ``edges``, and one for missing."""

    edges: list[float]

    @classmethod
    def of(cls, column: Column | Ordered) -> NumericBins:
        """Ten bins of about equal reference counts, and one on each side beyond the reference.

        Of up to ten different values each has a bin of its own, and so has what lies between, below and above them.
        Values that the model, which reads 32 bits, cannot tell apart are one.
        """
        values = in_order(column).values
        values = values[np.isfinite(values)]
        if not len(values):
            return cls(edges=[])
        different = np.unique(values)
        if len(different) <= NUMERIC_BINS:
            edges = np.concatenate([_below(different), _above(different)])
        else:
            quantiles = np.quantile(values, _QUANTILES, method="inverted_cdf")
            inner = quantiles[quantiles < different[-1]]
            edges = np.concatenate([_below(different[:1]), inner, _above(different[-1:])])
        return cls(edges=[float(edge) for edge in np.unique(edges) if math.isfinite(edge)])

    def count(self, column: Column | Ordered) -> list[int]:
        """(edges + 2,) rows per bin; the last bin is of missing values."""
        ordered = in_order(column)
        return [*ordered.count(self.edges).tolist(), ordered.missing]

    @property
    def known(self) -> int:
        """The number of bins, from the first on, that hold values."""
        return len(self.edges) + 1

    @property
    def order(self) -> NDArray[np.int64]:
        """The bins of values, adjacent ranges beside each other."""
        return np.arange(self.known)

    @property
    def labels(self) -> list[str]:
        """One label per bin, in the order of the counts."""
        if not self.edges:
            return ["any", "missing"]
        names = [f"{edge:.4g}" for edge in self.edges]
        inner = [f"{low} - {high}" if low != high else low for low, high in pairwise(names)]
        return [f"<= {names[0]}", *inner, f"> {names[-1]}", "missing"]

    def shown(self, counts: list[int]) -> list[int]:
        """``counts`` by label."""
        return counts


class CategoryBins(msgspec.Struct, frozen=True, kw_only=True, tag="category"):
    """One bin per known value, ``unseen`` bins for all others by their hash, one for missing.

    A profile of before values and unseen ones were told apart has 0 for ``unseen``: one bin for both the rare and the
    unseen, and only values of at least one percent are known.
    """

    values: list[str]
    unseen: int = 0

    @classmethod
    def of(cls, column: Column) -> CategoryBins:
        """The bins of a reference; ``reference_of`` also returns its counts."""
        return cls.reference_of(column)[0]

    @classmethod
    def reference_of(cls, column: Column) -> tuple[CategoryBins, list[int]]:
        """The bins of a reference and the counts that new rows of the same kind would have.

        The more values there are, the more rows have a value that the reference happened to miss. Leaving each row
        out in turn tells how many: one whose value is known without it counts as that value, any other as unseen.

        Source: Good, The population frequencies of species and the estimation of population parameters,
        Biometrika 40 (1953).
        """
        frequencies = _texts(column)
        missing = frequencies.pop(None, 0)
        texts = {value: count for value, count in frequencies.items() if value is not None}
        least = _least_known(texts)
        values = sorted((v for v, c in texts.items() if c >= least), key=lambda v: (-texts[v], v))
        others = [(value, count) for value, count in texts.items() if count <= least]
        rule = len(others) >= _UNSEEN_ARE_THE_RULE
        bins = cls(values=values, unseen=UNSEEN_BINS if rule else 1)
        unseen = [0] * bins.unseen
        for value, count in others:
            unseen[bins.place_of_unseen(value)] += count
        return bins, [*(texts[v] if texts[v] > least else 0 for v in values), *unseen, missing]

    def count(self, column: Column) -> list[int]:
        """(values + unseen + 1,) rows per bin; the last bin is of missing values."""
        frequencies = _texts(column)
        missing = frequencies.pop(None, 0)
        counts = [frequencies.pop(value, 0) for value in self.values]
        unseen = [0] * max(self.unseen, 1)
        for value, count in frequencies.items():
            unseen[self.place_of_unseen(str(value))] += count
        return [*counts, *unseen, missing]

    def places(self, column: Column, counts: Sequence[int]) -> NDArray[np.int64]:
        """(rows,) the bin of each row of the reference that has these (bins,) ``counts``."""
        known = {value: place for place, value in enumerate(self.values) if counts[place]}
        values = column.tolist() if isinstance(column, np.ndarray) else column
        place_of: dict[Any, int] = {}
        for value in set(values):
            text = _text(value)
            if text is None:
                place_of[value] = len(counts) - 1
            else:
                found = known.get(text)
                place_of[value] = self.known + self.place_of_unseen(text) if found is None else found
        return np.fromiter((place_of[value] for value in values), np.int64, len(values))

    def place_of_unseen(self, value: str) -> int:
        """The bin of an unseen value, by the first hexadecimal digit of its MD5, as databases compute it."""
        if self.unseen <= 1:
            return 0
        return int(hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()[0], 16) % self.unseen

    @property
    def known(self) -> int:
        """The number of bins, from the first on, that hold one value each."""
        return len(self.values)

    @property
    def order(self) -> NDArray[np.int64]:
        """The bins of values in the order of their texts, which is independent of their frequency."""
        return np.array(sorted(range(len(self.values)), key=self.values.__getitem__), dtype=np.int64)

    @property
    def labels(self) -> list[str]:
        """One label per shown bin: the most frequent values, the rest, unseen values, missing."""
        rest = len(self.values) - _MAX_SHOWN
        rarer = [f"{rest:,} rarer values"] if rest > 0 else []
        return [*self.values[:_MAX_SHOWN], *rarer, "unseen" if self.unseen else "other", "missing"]

    def shown(self, counts: list[int]) -> list[int]:
        """``counts`` by label."""
        known = counts[: self.known]
        rarer = [sum(known[_MAX_SHOWN:])] if self.known > _MAX_SHOWN else []
        return [*known[:_MAX_SHOWN], *rarer, sum(counts[self.known : -1]), counts[-1]]


Bins = NumericBins | CategoryBins


def _least_known(texts: dict[str, int]) -> int:
    """The frequency from which on a value gets a bin, such that equally frequent ones all do."""
    sizes: Counter[int] = Counter()
    for value, count in texts.items():
        sizes[count] += len(msgspec.json.encode(value)) + 1
    kept, least = 0, max(sizes, default=1) + 1
    for count in sorted((count for count in sizes if count >= _MIN_KNOWN), reverse=True):
        kept += sizes[count]
        if kept > MAX_KNOWN_BYTES:
            return least
        least = count
    return _MIN_KNOWN


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(values.astype(np.float32), np.float32(-np.inf)).astype(np.float64)


def _above(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(values.astype(np.float32), np.float32(np.inf)).astype(np.float64)


def in_order(column: Column | Ordered) -> Ordered:
    """The numbers of a column in order; None, NaN and masked values are missing."""
    return column if isinstance(column, Ordered) else Ordered.of(numbers(column))


def numbers(column: Column) -> NDArray[np.float64]:
    """(rows,) numbers; None, NaN and masked values become NaN."""
    if isinstance(column, np.ma.MaskedArray):
        present = np.asarray(column.data, dtype=np.float64)
        return np.where(np.ma.getmaskarray(column), np.nan, present)
    return np.asarray(column, dtype=np.float64)


def _texts(column: Column) -> Counter[str | None]:
    """The number of occurrences of each value as text; None is missing."""
    values = column.tolist() if isinstance(column, np.ndarray) else column
    frequencies: Counter[str | None] = Counter()
    for value, count in Counter(values).items():
        frequencies[_text(value)] += count
    return frequencies


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
