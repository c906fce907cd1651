"""Executes a serving graph for one request: each node once for its rows, failures to fallbacks.

A node fails for the rows that it could not answer, so that no row depends on those beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidOutput, InvalidRequest
from keepfit.serving.graph.deadlines import Call
from keepfit.serving.graph.observer import NodeObserver
from keepfit.serving.graph.row_sets import NO_ROWS, Rows, together, without
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.tasks.base import Outputs, ServingTask

Bits = int | npt.NDArray[np.int64]
"""Which nodes answered: a number for all rows, or one for each; see ``CompiledGraph.bits``."""


class Executor(ABC):
    """What answers for one node, whatever the request; made once per graph."""

    starts_early = False
    """Whether ``start`` is of use."""

    def __init__(self, name: str, bit: int) -> None:
        self.name, self.bit = name, bit

    def asks(self, run: GraphRun, rows: Rows) -> Iterable[tuple[str, Rows]]:
        """The nodes that will be asked for ``rows``, and for which of them."""
        del run, rows
        return ()

    def start(self, run: GraphRun, rows: Rows) -> None:
        """Begins to answer ``rows`` in a thread of its own."""
        del run, rows

    @abstractmethod
    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """The task's outputs, float64, for ``rows``. It may raise anything, and has failed then."""

    def bits(self, run: GraphRun, rows: Rows) -> Bits:
        """Which nodes answered ``rows``, once they are answered."""
        bits: Bits = self.bit
        for name, part in self.asks(run, rows):
            bits = bits | run.bits(name, part)
        return bits


class _State:
    """What is known of one node in one run; ``wanted`` and ``done`` are unset until there are rows."""

    __slots__ = ("bits", "done", "failed", "failure", "outputs", "started", "wanted")

    def __init__(self) -> None:
        self.wanted: Rows = NO_ROWS
        self.done: Rows = NO_ROWS
        self.started: Rows = NO_ROWS
        self.failed: Rows = NO_ROWS
        self.failure: InvalidOutput | None = None
        self.outputs: Outputs = _NO_OUTPUTS
        self.bits: Bits = 0


class GraphRun:
    """One request on its way through a graph.

    Args:
        executors: of the nodes.
        fallbacks: of the nodes that have one, its name.
        task: the graph's.
        request: what is asked; its instances are in the order of rows.
        observer: takes what happens.
    """

    __slots__ = (
        "_executors",
        "_fallbacks",
        "_observer",
        "_states",
        "_task",
        "calls",
        "choices",
        "has_unread_categories",
        "parts",
        "request",
        "rows",
    )

    def __init__(
        self,
        executors: Mapping[str, Executor],
        fallbacks: Mapping[str, str],
        task: ServingTask,
        request: DecodedRequest,
        observer: NodeObserver,
    ) -> None:
        self._executors, self._fallbacks, self._task = executors, fallbacks, task
        self._observer = observer
        self._states: dict[str, _State] = {}
        self.request, self.rows = request, len(request.instances)
        self.choices: dict[str, npt.NDArray[np.intp]] = {}
        """Of each router, the way that each row takes."""
        self.parts: dict[str, list[tuple[str, Rows]]] = {}
        """And the nodes where all rows lead, with theirs."""
        self.calls: dict[str, Call | InvalidOutput] = {}
        """Of nodes that began early: their call, or why there is none."""
        self.has_unread_categories = False
        """Whether a model found a category in a copy of an instance that is not yet as it is kept."""

    def take(self, answer: str, early: Sequence[str], others: Sequence[str]) -> Outputs:
        """The outputs of the node ``answer`` for all rows.

        Args:
            answer: its name.
            early: nodes that answer in threads; those that are needed begin at once.
            others: nodes that answer meanwhile.
        """
        self._plan(answer, None)
        if early:
            for name in early:
                if (state := self._states.get(name)) is not None:
                    state.started = state.wanted
                    self._executors[name].start(self, state.wanted)
            for name in others:
                if name in self._states:
                    self._finish(name)
        return self.answer(answer, None)

    def instances(self, rows: Rows) -> list[Any]:
        """The decoded instances of ``rows``."""
        instances = self.request.instances
        return instances if rows is None else [instances[row] for row in rows.tolist()]

    def count(self, rows: Rows) -> int:
        """How many rows they are."""
        return self.rows if rows is None else len(rows)

    def answer(self, name: str, rows: Rows) -> Outputs:
        """The outputs of a node for ``rows``. Raises InvalidOutput where it has none for one of them."""
        self._plan(name, rows)
        state = self._finish(name)
        if state.failure is not None and len(self._failed(name, rows)):
            raise state.failure
        return state.outputs if rows is None else state.outputs[rows]

    def bits(self, name: str, rows: Rows) -> Bits:
        """Which nodes made the answer of a node for ``rows``, that has been given."""
        bits = self._states[name].bits
        return bits if rows is None or isinstance(bits, int) else bits[rows]

    def took(self, name: str, seconds: float) -> None:
        """Records how long a node took."""
        self._observer.took(name, seconds)

    def _plan(self, name: str, rows: Rows) -> None:
        """Adds to what is wanted of a node, and of those that it asks."""
        state = self._states.get(name)
        if state is None:
            state = self._states[name] = _State()
        new = without(rows, state.wanted, self.rows)
        if new is None or len(new):
            state.wanted = together(state.wanted, rows)
            for asked, part in self._executors[name].asks(self, new):
                self._plan(asked, part)

    def _finish(self, name: str) -> _State:
        """Answers what is wanted of a node and not done."""
        state = self._states[name]
        for rows in (state.started, state.wanted):
            missing = without(rows, state.done, self.rows)
            if missing is None or len(missing):
                self._evaluate(name, state, missing)
                state.done = together(state.done, missing)
        return state

    def _evaluate(self, name: str, state: _State, rows: Rows) -> None:
        executor = self._executors[name]
        try:
            outputs = executor.answer(self, rows)
        except InvalidRequest:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, its fallback answers
            failure, bad = self._blamed(name, error, rows)
            self._replace(name, state, bad, failure)
            rest = without(rows, bad, self.rows)
            if rest is None or len(rest):
                self._evaluate(name, state, rest)
            return
        self._keep(state, rows, outputs, executor.bits(self, rows))

    def _blamed(self, name: str, error: Exception, rows: Rows) -> tuple[InvalidOutput, Rows]:
        """The failure of a node and its rows: all ``rows``, or those that a node that it asked lacks."""
        if not isinstance(error, InvalidOutput) or not any(error is s.failure for s in self._states.values()):
            reason = str(error) or type(error).__name__
            self._observer.failed(name, reason)
            return InvalidOutput(f"the node {name!r} failed: {reason}"), rows
        bad: Rows = NO_ROWS
        for asked, part in self._executors[name].asks(self, rows):
            self._finish(asked)
            bad = together(bad, self._failed(asked, part))
        return error, bad

    def _replace(self, name: str, state: _State, rows: Rows, failure: InvalidOutput) -> None:
        """Takes the answers of the fallback for ``rows``; where there are none, the node has failed for them."""
        fallback, bad = self._fallbacks.get(name), rows
        if fallback is not None:
            self._plan(fallback, rows)
            second = self._finish(fallback)
            bad = self._failed(fallback, rows)
            good = without(rows, bad, self.rows)
            if good is None or len(good):
                outputs = second.outputs if good is None else second.outputs[good]
                self._keep(state, good, outputs, self.bits(fallback, good))
                self._observer.replaced(name)
            if second.failure is not None and len(bad):
                failure = InvalidOutput(f"{failure}; and its fallback: {second.failure}")
        if bad is None or len(bad):
            state.failed = together(state.failed, bad)
            state.failure = failure

    def _failed(self, name: str, rows: Rows) -> npt.NDArray[np.intp]:
        """Those of ``rows`` that a node has no answer for."""
        failed = self._states[name].failed
        some = np.arange(self.rows) if failed is None else failed
        return some if rows is None or not len(some) else np.intersect1d(some, rows, assume_unique=True)

    def _keep(self, state: _State, rows: Rows, outputs: Outputs, bits: Bits) -> None:
        if rows is None:
            state.outputs, state.bits = outputs, bits
            return
        if isinstance(state.bits, int):
            state.outputs, state.bits = self._task.blank(self.rows), np.zeros(self.rows, np.int64)
        state.outputs[rows] = outputs
        state.bits[rows] = bits


_NO_OUTPUTS: Outputs = np.zeros(0)
