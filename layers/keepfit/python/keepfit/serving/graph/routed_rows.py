"""Sends each row one of several ways, and passes on the answer of the node there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keepfit.serving.graph.execution import Bits, Executor, GraphRun
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs, ServingTask

ChooseWays = Callable[[Sequence[Any]], list[int]]
"""A function of decoded instances to the place of the way that each takes."""


class Ways(Executor):
    """A router.

    Args:
        name: the node's.
        bit: its bit.
        ways: the node of each way.
        choose: the way of each row.
        task: the graph's.
    """

    def __init__(
        self, name: str, bit: int, ways: Sequence[str], choose: ChooseWays, task: ServingTask
    ) -> None:
        super().__init__(name, bit)
        self._ways, self._choose, self._task = tuple(ways), choose, task

    def asks(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        """See ``Executor.asks``; which way rows take is found out once."""
        if rows is not None:
            return self._some(run, rows)
        parts = run.parts.get(self.name)
        if parts is None:
            parts = run.parts[self.name] = self._all(run)
        return parts

    def _all(self, run: GraphRun) -> list[tuple[str, Rows]]:
        if run.rows > 1:
            return self._some(run, None)
        [way] = self._choose(run.request.instances)
        return [(self._ways[way], None)]

    def _some(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        chosen = run.choices.get(self.name)
        if chosen is None:
            chosen = run.choices[self.name] = np.full(run.rows, -1)
        own = np.arange(run.rows) if rows is None else rows
        unknown = own[chosen[own] < 0]
        if len(unknown):
            instances = run.request.instances
            chosen[unknown] = self._choose([instances[row] for row in unknown.tolist()])
        return self._parts(chosen, rows, own)

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        parts = self.asks(run, rows)
        if len(parts) == 1:
            return run.answer(*parts[0])
        outputs = self._task.blank(run.rows)
        for name, part in parts:
            outputs[part] = run.answer(name, part)
        return outputs if rows is None else outputs[rows]

    def bits(self, run: GraphRun, rows: Rows) -> Bits:
        """See ``Executor.bits``."""
        parts = self.asks(run, rows)
        if len(parts) == 1:
            return run.bits(*parts[0]) | self.bit
        bits = np.zeros(run.rows, np.int64)
        for name, part in parts:
            bits[part] = run.bits(name, part) | self.bit
        return bits if rows is None else bits[rows]

    def _parts(self, chosen: np.ndarray, rows: Rows, own: np.ndarray) -> list[tuple[str, Rows]]:
        ways = chosen[own]
        first = int(ways[0])
        if len(ways) == 1 or (ways == first).all():
            return [(self._ways[first], rows)]
        # Two ways may lead to the same node.
        by_node: dict[str, list[int]] = {}
        for way in np.unique(ways).tolist():
            by_node.setdefault(self._ways[way], []).append(way)
        if len(by_node) == 1:
            return [(next(iter(by_node)), rows)]
        return [(name, own[np.isin(ways, some)]) for name, some in by_node.items()]
