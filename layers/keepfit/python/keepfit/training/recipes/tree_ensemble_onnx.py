"""Ensembles of trees as exact ONNX models: in float32 a row goes the way it went in the library.

The converters of other projects round thresholds to the nearest float32, drop parameters of objectives without a word,
and name graphs by chance. A tree is five arrays; this writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import PROBABILITIES
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail
from keepfit.training.recipes.sklearn_onnx import INPUT, OPSETS, append_target

Link = Literal["identity", "sigmoid", "softmax", "target"]
"""What makes outputs of the sums: none, P(true) of a log-odds, shares of several, or values of a target."""

_LEAF = -1
_SCORES = "scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A decision tree of (nodes,) arrays, the root first; a leaf's children are below 0.

    Args:
        column: what a node tests.
        threshold: float32; a row goes left where it is below, or not above, as ``Ensemble`` says.
        left: the number of the next node.
        right: likewise.
        missing_left: whether a missing number goes left.
        value: float64 what a leaf adds.
        rows: float64 how many training rows came by, or what they weigh.
    """

    column: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    missing_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """Trees that are summed: tree ``i`` adds to sum ``i % len(base)``, which starts at its ``base``.

    ``includes_threshold`` is whether a number equal to the threshold goes left.
    """

    trees: Sequence[Tree]
    base: npt.NDArray[np.float64]
    includes_threshold: bool

    def to_onnx(self, *, columns: int, link: Link, target: Target | None = None) -> bytes:
        """The model: float32 (n, columns) ``features`` in, the task's outputs out, see ``link``."""
        model = self._model(columns)
        if link == "target":
            append_target(model, target or Target())
            return canonical(model)
        tail = GraphTail(model, "link")
        _LINKS[link](tail)
        tail.finish(PROBABILITIES, 2 if link == "sigmoid" else len(self.base))
        return canonical(model)

    def _model(self, columns: int) -> onnx.ModelProto:
        node = helper.make_node(
            "TreeEnsembleRegressor", [INPUT], [_SCORES], domain="ai.onnx.ml", **self._attributes()
        )
        float32 = onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            [node],
            "keepfit",
            [helper.make_tensor_value_info(INPUT, float32, [None, columns])],
            [helper.make_tensor_value_info(_SCORES, float32, [None, len(self.base)])],
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _attributes(self) -> dict[str, Any]:
        sizes = [len(tree.left) for tree in self.trees]
        numbers = np.concatenate([np.arange(size) for size in sizes])
        tree_of = np.repeat(np.arange(len(sizes)), sizes)
        leaf = np.concatenate([tree.left for tree in self.trees]) < 0
        branch = "BRANCH_LEQ" if self.includes_threshold else "BRANCH_LT"

        def of_branches(name: str) -> npt.NDArray[Any]:
            return np.where(leaf, 0, np.concatenate([getattr(tree, name) for tree in self.trees]))

        return {
            "n_targets": len(self.base),
            "base_values": self.base.astype(np.float32).tolist(),
            "nodes_treeids": tree_of.tolist(),
            "nodes_nodeids": numbers.tolist(),
            "nodes_featureids": of_branches("column").tolist(),
            "nodes_values": of_branches("threshold").astype(np.float32).tolist(),
            "nodes_modes": np.where(leaf, "LEAF", branch).tolist(),
            "nodes_truenodeids": of_branches("left").tolist(),
            "nodes_falsenodeids": of_branches("right").tolist(),
            "nodes_missing_value_tracks_true": of_branches("missing_left").astype(np.int64).tolist(),
            "target_treeids": tree_of[leaf].tolist(),
            "target_nodeids": numbers[leaf].tolist(),
            "target_ids": (tree_of[leaf] % len(self.base)).tolist(),
            "target_weights": np.concatenate([tree.value for tree in self.trees])[leaf].tolist(),
        }


def stump(value: float) -> Tree:
    """A tree that adds ``value`` to every row."""
    return Tree(
        column=np.zeros(1, np.int64),
        threshold=np.zeros(1, np.float32),
        left=np.full(1, _LEAF),
        right=np.full(1, _LEAF),
        missing_left=np.zeros(1, np.bool_),
        value=np.full(1, value),
        rows=np.ones(1),
    )


def round_down(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 not above each: for float32 ``x`` as good a threshold of ``x <= t`` as ``t``.

    >>> float(round_down(np.array([0.1]))[0]) < 0.1 < float(np.float32(0.1))
    True
    """
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    above = rounded.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _sigmoid(tail: GraphTail) -> None:
    true = tail.then("Sigmoid")
    false = tail.add("Sub", tail.constant(1.0), true)
    tail.add("Concat", false, true, axis=1)


def _softmax(tail: GraphTail) -> None:
    tail.then("Softmax", axis=1)


def _identity(_tail: GraphTail) -> None:
    """Sums are the outputs."""


_LINKS = {"sigmoid": _sigmoid, "softmax": _softmax, "identity": _identity}
