"""TreeSHAP: the exact SHAP values of decision trees.

At a test of a column that is not known a row goes both ways, by the share of training rows that did.
The value of a leaf counts for a set of known columns by a product: of each column on its path, whether the row meets
the tests of it, if it is known, and else the share of rows that do. The average over all orders in which columns may
become known is an integral of a polynomial, which few points compute exactly.

Source: Lundberg et al., From local explanations to global understanding with explainable AI for trees (2020), "tree
path dependent"; Yu et al., Linear TreeShap (2022), for the polynomial.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from keepfit.training.explanation.contributions import Numbers
from keepfit.training.recipes.base import Matrix

Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTree:
    """A tree of (nodes,) arrays, the root first; a leaf's children are below 0.

    Args:
        column: what a node tests.
        threshold: a row goes left where it is at most that.
        missing_left: whether a missing number goes left.
        left: the number of the next node.
        right: likewise.
        rows: how many training rows came by.
        value: (nodes, scores) what a leaf adds.
    """

    column: npt.NDArray[np.int64]
    threshold: Numbers
    missing_left: Truths
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    rows: Numbers
    value: Numbers


@dataclass(frozen=True, slots=True)
class _Path:
    """The way to a node: by column, which rows meet its tests, and the share of training rows that do."""

    met: dict[int, Truths]
    share: dict[int, float]

    def then(self, column: int, goes: Truths, share: float) -> _Path:
        met = goes if column not in self.met else self.met[column] & goes
        return _Path({**self.met, column: met}, {**self.share, column: self.share.get(column, 1.0) * share})


def tree_shap(trees: Sequence[SplitTree], features: Matrix) -> tuple[Numbers, Numbers]:
    """(scores,) base and (rows, columns, scores) SHAP values of the sum of trees."""
    scores = trees[0].value.shape[1]
    base, values = np.zeros(scores), np.zeros((*features.shape, scores))
    for tree in trees:
        for leaf, path in _leaves(tree, features):
            base += tree.value[leaf] * float(np.prod(list(path.share.values())))
            # A step of boosting has a tree for each score.
            touched = np.flatnonzero(tree.value[leaf])
            if path.met:
                columns = np.array(list(path.met))
                values[:, columns[:, None], touched] += _parts(path)[:, :, None] * tree.value[leaf, touched]
    return base, values


def _leaves(tree: SplitTree, features: Matrix) -> Iterator[tuple[int, _Path]]:
    waiting = [(0, _Path({}, {}))]
    while waiting:
        node, path = waiting.pop()
        left, right = int(tree.left[node]), int(tree.right[node])
        if left < 0:
            yield node, path
            continue
        column = int(tree.column[node])
        numbers = features[:, column]
        goes_left = np.where(np.isnan(numbers), tree.missing_left[node], numbers <= tree.threshold[node])
        for child, goes in ((left, goes_left), (right, ~goes_left)):
            if tree.rows[child]:
                waiting.append((child, path.then(column, goes, float(tree.rows[child] / tree.rows[node]))))


def _parts(path: _Path) -> Numbers:
    """(rows, columns) the part that each column on the path has in a leaf of value 1."""
    points, weights = _points(len(path.met))
    met = np.array([*path.met.values()], dtype=np.float64)
    share = np.array([path.share[column] for column in path.met])[:, None]
    # (columns, rows, points): the factor of a column that is known with the chance of a point.
    factors = share[:, :, None] * (1 - points) + met[:, :, None] * points
    without = factors.prod(axis=0) / factors
    parts: Numbers = (met - share) * (without @ weights)
    return parts.T


@cache
def _points(columns: int) -> tuple[Numbers, Numbers]:
    """Points within (0, 1) and weights that integrate a polynomial of one degree less exactly."""
    points, weights = np.polynomial.legendre.leggauss((columns + 1) // 2)
    return (points + 1) / 2, weights / 2
