"""The explainer of a model: the file by which a score is parted among columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.explanations.contributions import Contributions, Numbers, Unit
from keepfit.explanations.linear_shap import LinearTerms
from keepfit.explanations.sampled_shap import DrawnOrders
from keepfit.explanations.tree_shap import LeafPaths

Rows = npt.NDArray[np.float32]
Outputs = npt.NDArray[np.floating]

_METHODS: Final[Mapping[type, str]] = {
    LeafPaths: "TreeSHAP, exact",
    LinearTerms: "terms of a linear model, exact",
    DrawnOrders: "drawn orders",
}


class Explainer(msgspec.Struct, frozen=True, kw_only=True):
    """Explains the rows of one model.

    Args:
        columns: each column that the model reads, and how many numbers it has in a row, in their order.
        unit: what values add up to.
        way: how they are found.
        background: (rows, numbers) float32 bytes; values that are usual, for the ways that need them. They are made
            column by column: no row of them is one of the training.
    """

    columns: dict[str, int]
    unit: Unit
    way: LeafPaths | LinearTerms | DrawnOrders
    background: bytes

    @property
    def method(self) -> str:
        """How values are found, for people."""
        return _METHODS[type(self.way)]

    def explain(self, rows: Rows, outputs: Callable[[Rows], Outputs]) -> Contributions:
        """The contributions of each column to the scores of rows.

        Args:
            rows: (rows, numbers) encoded rows.
            outputs: the task's outputs of such rows, for a way that asks the model.
        """
        ends = [*accumulate(self.columns.values())]
        if not isinstance(self.way, DrawnOrders):
            starts = [end - width for end, width in zip(ends, self.columns.values(), strict=True)]
            values = np.add.reduceat(self.way.values(rows), starts, axis=1)
            return self._found(np.array(self.way.base), values, None)

        def score(some: Rows) -> Numbers:
            return np.asarray(outputs(some), dtype=np.float64).reshape(len(some), -1)

        groups = np.split(np.arange(ends[-1]), ends[:-1])
        background = np.frombuffer(self.background, "<f4").reshape(-1, ends[-1])
        return self._found(*self.way.values(score, rows, background, groups))

    def drawn(self, unit: Unit, seed: int) -> Explainer:
        """The explainer of another model of the same rows, whatever it is."""
        return msgspec.structs.replace(self, unit=unit, way=DrawnOrders(seed=seed))

    def _found(self, base: Numbers, values: Numbers, error: float | None) -> Contributions:
        return Contributions(
            base=base, values=values, unit=self.unit, method=self.method, standard_error=error
        )


def to_bytes(explainer: Explainer) -> bytes:
    """The file of an explainer: equal bytes for equal models."""
    return msgspec.msgpack.encode(explainer)


def from_bytes(body: bytes) -> Explainer:
    """Reads the file of an explainer."""
    return msgspec.msgpack.decode(body, type=Explainer)
