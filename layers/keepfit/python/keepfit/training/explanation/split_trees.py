"""Split trees: how a row comes to a leaf, as an explainer keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.explanations.tree_shap import LeafPaths, Leaves, Numbers
from keepfit.training.recipes.tree_ensemble_onnx import round_down

_NEVER: Final = 1e-9
"""The share that is taken for a way that no training row went: with 0 its values would not add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTree:
    """A tree of (nodes,) arrays, the root first; a leaf's children are below 0.

    Args:
        column: what a node tests.
        threshold: a row goes left where its float32 number is at most that.
        missing_left: whether a missing number goes left.
        left: the number of the next node.
        right: likewise.
        rows: how many training rows came by, or what they weigh.
        value: (nodes, scores) what a leaf adds.
    """

    column: npt.NDArray[np.int64]
    threshold: Numbers
    missing_left: npt.NDArray[np.bool_]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    rows: Numbers
    value: Numbers


@dataclass(frozen=True, slots=True)
class _Tests:
    """What rows meet the tests of one column on a path, and the share of training rows that do."""

    low: float = -np.inf
    high: float = np.inf
    missing: bool = True
    share: float = 1.0

    def left(self, threshold: float, share: float, *, missing: bool) -> _Tests:
        return _Tests(self.low, min(self.high, threshold), self.missing and missing, self.share * share)

    def right(self, threshold: float, share: float, *, missing: bool) -> _Tests:
        return _Tests(max(self.low, threshold), self.high, self.missing and missing, self.share * share)


_Path = dict[int, _Tests]


def leaf_paths(trees: Sequence[SplitTree], start: Numbers, *, most: int) -> LeafPaths | None:
    """The paths to the leaves of a sum of trees that begins at ``start``.

    None where they have more than ``most`` tests. A leaf's tests of one column count once.
    """
    base, tests = np.array(start, dtype=np.float64), 0
    groups: dict[tuple[int, tuple[int, ...]], _Group] = {}
    for tree in trees:
        for leaf, path in _leaves(tree):
            value = tree.value[leaf]
            # A step of boosting has a tree for each score.
            touched = np.flatnonzero(value)
            base += value * np.prod([test.share for test in path.values()])
            tests += len(path)
            if tests > most:
                return None
            if path and len(touched):
                scores = tuple(touched.tolist())
                groups.setdefault((len(path), scores), _Group()).add(path, value[touched])
    leaves = [group.leaves(columns, scores) for (columns, scores), group in sorted(groups.items())]
    return LeafPaths(base=base.tolist(), leaves=leaves)


class _Group:
    """Leaves whose paths have equally many columns, and that add to the same scores."""

    def __init__(self) -> None:
        self._columns: list[int] = []
        self._tests: list[_Tests] = []
        self._values: list[Numbers] = []

    def add(self, path: _Path, value: Numbers) -> None:
        self._columns += path
        self._tests += path.values()
        self._values.append(value)

    def leaves(self, columns: int, scores: Sequence[int]) -> Leaves:
        def array(name: str, kind: str) -> bytes:
            return np.array([getattr(test, name) for test in self._tests], dtype=kind).tobytes()

        return Leaves(
            columns=columns,
            scores=list(scores),
            column=np.array(self._columns, dtype="<i4").tobytes(),
            low=array("low", "<f4"),
            high=array("high", "<f4"),
            missing=array("missing", "?"),
            share=array("share", "<f4"),
            value=np.array(self._values, dtype="<f8").tobytes(),
        )


def _leaves(tree: SplitTree) -> Iterator[tuple[int, _Path]]:
    threshold = round_down(tree.threshold).tolist()
    column, left, right = tree.column.tolist(), tree.left.tolist(), tree.right.tolist()
    missing_left, rows = tree.missing_left.tolist(), tree.rows.tolist()
    waiting: list[tuple[int, _Path]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        if left[node] < 0:
            yield node, path
            continue
        before, to_left = path.get(column[node], _Tests()), missing_left[node]
        share = min(max(rows[left[node]] / (rows[node] or 1.0), _NEVER), 1 - _NEVER)
        goes_left = before.left(threshold[node], share, missing=to_left)
        goes_right = before.right(threshold[node], 1 - share, missing=not to_left)
        waiting.append((left[node], {**path, column[node]: goes_left}))
        waiting.append((right[node], {**path, column[node]: goes_right}))
