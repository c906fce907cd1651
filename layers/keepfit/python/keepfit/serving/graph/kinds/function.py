"""A Lambda function of the user's own: asked with rows as JSON, it answers the task's outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from keepfit.errors import InvalidOutput
from keepfit.serving.graph.building import Building
from keepfit.serving.graph.compiled import CompiledNode
from keepfit.serving.graph.deadlines import Call, DeadlineThreads
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.execution import Executor, GraphRun
from keepfit.serving.graph.kinds.base import NodeKind, NodeScope
from keepfit.serving.graph.row_sets import Rows
from keepfit.tasks.base import Outputs

_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?"
)


class FunctionNode(NodeKind):
    """See ``base.NodeKind``."""

    word = "function"
    keys = frozenset({"deadline_ms", "fallback"})

    def mistakes(self, node: NodeDefinition, scope: NodeScope) -> Iterator[str]:
        """What is no ARN, and a wait without end."""
        del scope
        if not _ARN.fullmatch(node.function or ""):
            yield (
                f"function: {(node.function or '')[:60]!r} is no ARN of a Lambda function: "
                "arn:aws:lambda:<region>:<account>:function:<name>[:<version or alias>]"
            )
        if node.deadline_ms is None:
            yield "deadline_ms is missing: say how long a client may wait for the function"

    def label(self, node: NodeDefinition) -> str:
        """With its name."""
        return f"function {(node.function or '').partition(':function:')[2]}"

    def executor(self, name: str, node: CompiledNode, building: Building) -> Executor:
        """Asks the function."""
        return _Asked(name, node.definition, building)


class _Answer(msgspec.Struct):
    outputs: list[Any]


class _Asked(Executor):
    starts_early = True

    def __init__(self, name: str, node: NodeDefinition, building: Building) -> None:
        super().__init__(name, building.bit(name))
        self._arn, self._deadline_ms = node.function or "", node.deadline_ms or 0
        self._model, self._task = building.graph.model, building.task
        self._ask, self._threads = building.ask_function, DeadlineThreads()
        self._names = [column.name for column in building.signature.instance_columns]

    def start(self, run: GraphRun, rows: Rows) -> None:
        """See ``Executor.start``."""
        try:
            run.calls[self.name] = self._begin(run, rows)
        except InvalidOutput as error:
            run.calls[self.name] = error

    def answer(self, run: GraphRun, rows: Rows) -> Outputs:
        """See ``Executor.answer``."""
        call = run.calls.pop(self.name, None) or self._begin(run, rows)
        if isinstance(call, InvalidOutput):
            raise call
        result = call.result()
        run.took(self.name, result.seconds)
        if result.error is not None:
            raise result.error
        return self._outputs(result.value, run.count(rows))

    def _begin(self, run: GraphRun, rows: Rows) -> Call:
        names = self._names
        instances = [
            {name: getattr(instance, f"f{place}") for place, name in enumerate(names)}
            for instance in run.instances(rows)
        ]
        payload = msgspec.json.encode({"model": self._model, "node": self.name, "instances": instances})
        return self._threads.begin(partial(self._ask, self._arn, payload), self._deadline_ms)

    def _outputs(self, body: bytes, rows: int) -> Outputs:
        blank = self._task.blank(rows)
        try:
            outputs = np.array(msgspec.json.decode(body, type=_Answer).outputs, np.float64)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise InvalidOutput(f'it answered what is not {{"outputs": […]}}: {error}') from error
        if outputs.shape != blank.shape:
            raise InvalidOutput(
                f"it answered outputs of shape {outputs.shape}, and {blank.shape} is what {rows} rows have"
            )
        wrong = self._task.invalid(outputs)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InvalidOutput(
                f"it answered {outputs[row]} for row {row}, which is not {self._task.valid_output}"
            )
        return self._task.rounded(outputs)


KIND = FunctionNode()
