"""TreeSHAP: the exact SHAP values of decision trees, leaf by leaf.

At a test of a column that is not known a row goes both ways, by the share of training rows that did.
The value of a leaf counts for a set of known columns by a product: of each column on its path, whether the row meets
the tests of it, if it is known, and else the share of rows that do. The average over all orders in which columns may
become known is an integral of a polynomial, which few points compute exactly.

Source: Lundberg et al., From local explanations to global understanding with explainable AI for trees (2020), "tree
path dependent"; Yu et al., Linear TreeShap (2022), for the polynomial.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# Numbers of one array: (rows, leaves, columns on a path).
_AT_ONCE: Final = 1_000_000


class Leaves(msgspec.Struct, frozen=True, kw_only=True):
    """Leaves on whose paths equally many columns are tested, and that add to the same scores.

    Of each leaf and each of the ``columns`` on its path: a row meets the tests of the column where its number is above
    ``low`` and not above ``high``, or missing where ``missing`` says so; ``share`` of the training rows meet them.
    Arrays are their bytes, little endian, in C order: int32, float32 twice, bool, float32; ``value`` is float64,
    (leaves, scores).
    """

    columns: int
    scores: list[int]
    column: bytes
    low: bytes
    high: bytes
    missing: bytes
    share: bytes
    value: bytes

    def array(self, name: str, kind: str) -> npt.NDArray[Any]:
        """(leaves, columns) of one of the arrays."""
        return np.frombuffer(getattr(self, name), kind).reshape(-1, self.columns)

    @property
    def values(self) -> Numbers:
        """(leaves, scores)."""
        return np.frombuffer(self.value, "<f8").reshape(-1, len(self.scores))


class LeafPaths(msgspec.Struct, frozen=True, kw_only=True, tag_field="way", tag="trees"):
    """A sum of trees as the paths to their leaves; ``base`` is what a row has of which nothing is known."""

    base: list[float]
    leaves: list[Leaves]

    def values(self, rows: npt.NDArray[np.float32]) -> Numbers:
        """(rows, numbers, scores) SHAP values of (rows, numbers) encoded rows."""
        found = np.zeros((*rows.shape, len(self.base)))
        for leaves in self.leaves:
            for part, values in _values(leaves, rows):
                found[part, :, leaves.scores] += values
        return found


def _values(leaves: Leaves, rows: npt.NDArray[np.float32]) -> Iterator[tuple[slice, Numbers]]:
    """Some rows, and the (rows, numbers, scores) that the leaves add to them; all rows in parts."""
    column, share = leaves.array("column", "<i4"), leaves.array("share", "<f4").astype(np.float64)
    low, high, missing = leaves.array("low", "<f4"), leaves.array("high", "<f4"), leaves.array("missing", "?")
    value, numbers = leaves.values, rows.shape[1]
    at_once = max(1, _AT_ONCE // column.size)
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        sent = rows[part][:, column]
        met = ((sent > low) & (sent <= high)) | (np.isnan(sent) & missing)
        parts = _parts(met, share)
        places = column + numbers * np.arange(len(sent))[:, None, None]
        added = np.empty((len(sent) * numbers, value.shape[1]))
        for score, one in enumerate(value.T):
            weights = (parts * one[:, None]).ravel()
            added[:, score] = np.bincount(places.ravel(), weights, len(added))
        yield part, added.reshape(len(sent), numbers, -1)


def _parts(met: npt.NDArray[np.bool_], share: Numbers) -> Numbers:
    """(rows, leaves, columns) the part that each column on a path has in a leaf of value 1."""
    weighed = np.zeros(met.shape)
    for point, weight in _points(share.shape[1]):
        # The factor of a column that is known with the chance of the point.
        factors = share * (1 - point) + met * point
        weighed += weight * factors.prod(axis=-1, keepdims=True) / factors
    return np.asarray((met - share) * weighed)


@cache
def _points(columns: int) -> Sequence[tuple[float, float]]:
    """Points within (0, 1) and weights that integrate a polynomial of one degree less exactly."""
    points, weights = np.polynomial.legendre.leggauss((columns + 1) // 2)
    return list(zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))
