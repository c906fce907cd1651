"""Scores rows of a graph's request by a model, in a thread where it has a deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from keepfit.errors import InvalidOutput, InvalidRequest
from keepfit.serving.graph.building import Building
from keepfit.serving.graph.deadlines import Call, DeadlineThreads
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.row_sets import Rows
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.tasks.base import Outputs

_AS_SENT = b""  # a scorer takes it away where it reads a category in place


class ScoredRows(Executor):
    """Scores rows by the scorer of a model.

    Args:
        name: the node's.
        node: its definition.
        building: what it is made of.
        scores: the nodes whose scores the model reads, as columns of their names.
    """

    def __init__(
        self, name: str, node: NodeDefinition, building: Building, scores: Sequence[str] = ()
    ) -> None:
        super().__init__(name, building.bit(name))
        scorer = building.scorers[node.model or ""]
        self._score: Callable[[DecodedRequest], Outputs] = scorer.score
        self._scores = tuple(scores)
        self._translated = building.translation(name, scorer.task)
        columns = scorer.signature.instance_columns
        self._deadline_ms = node.deadline_ms or 0
        # A call that was given up must not touch what is logged meanwhile.
        self._project = building.functions.projection(
            columns, node.columns_from, self._scores, always=bool(self._deadline_ms)
        )
        self._threads = DeadlineThreads()
        self.starts_early = bool(self._deadline_ms) and not scores

    def asks(self, run: GraphRun, rows: Rows) -> list[tuple[str, Rows]]:
        """See ``Executor.asks``."""
        del run
        return [(name, rows) for name in self._scores]

    def start(self, run: GraphRun, rows: Rows) -> None:
        """See ``Executor.start``."""
        try:
            run.calls[self.name] = self._begin(self._request(run, rows))
        except InvalidOutput as error:
            run.calls[self.name] = error

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        try:
            if self._deadline_ms:
                outputs = self._in_time(run, rows)
            else:
                request = self._request(run, rows)
                started = perf_counter()
                outputs = self._score(request)
                run.took(self.name, perf_counter() - started)
                run.has_unread_categories |= request.body is None and request is not run.request
        except InvalidRequest as error:
            raise _of_request(error, rows) from error
        return self._translated(outputs.astype(np.float64))

    def as_read(self, instances: Sequence[Any], *scores: list[float]) -> DecodedRequest:
        """Instances of the graph's request as the model reads them."""
        rows = list(instances) if self._project is None else self._project(instances, *scores)
        return DecodedRequest(rows, body=_AS_SENT)

    def _in_time(self, run: GraphRun, rows: Rows) -> Outputs:
        call = run.calls.pop(self.name, None) or self._begin(self._request(run, rows))
        if isinstance(call, InvalidOutput):
            raise call
        result = call.result()
        run.took(self.name, result.seconds)
        if result.error is not None:
            raise result.error
        outputs: Outputs
        outputs, has_unread = result.value
        run.has_unread_categories |= has_unread
        return outputs

    def _begin(self, request: DecodedRequest) -> Call:
        return self._threads.begin(partial(_scored, self._score, request), self._deadline_ms)

    def _request(self, run: GraphRun, rows: Rows) -> DecodedRequest:
        """The rows as the model reads them."""
        if self._project is None and rows is None:
            return run.request
        return self.as_read(run.instances(rows), *(run.answer(name, rows).tolist() for name in self._scores))


def _scored(score: Callable[[DecodedRequest], Outputs], request: DecodedRequest) -> tuple[Outputs, bool]:
    return score(request), request.body is None


def _of_request(error: InvalidRequest, rows: Rows) -> InvalidRequest:
    """The same error with the places of rows in the whole request."""
    if rows is None:
        return error
    details = [(int(rows[row]), field, message) for row, field, message in error.details]
    return InvalidRequest(str(error), code=error.code, details=details)
