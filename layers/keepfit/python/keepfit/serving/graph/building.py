"""The parts of executors of nodes: scorers, functions of rows, the graph's task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from keepfit.errors import InvalidModel
from keepfit.features.schema.signature import Signature
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.row_code import RowFunctions
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.tasks.base import Outputs, ServingTask

AskFunction = Callable[[str, bytes], bytes]
"""Asks the Lambda function of an ARN with a payload; its answer."""


class ModelScorer(Protocol):
    """The scorer of a model in a graph; see ``inference.scorer.Scorer``."""

    @property
    def signature(self) -> Signature:
        """What it reads."""
        ...

    @property
    def task(self) -> ServingTask:
        """What it answers."""
        ...

    def score(self, request: DecodedRequest) -> Outputs:
        """The outputs for instances of its signature."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a graph's executors are made of.

    Args:
        graph: the graph.
        task: what it answers.
        own_task: what its model's own champion answers, with the threshold of that.
        scorers: of each model in it.
        functions: makes functions of decoded instances.
        signature: what requests hold.
        ask_function: asks Lambda functions.
    """

    graph: CompiledGraph
    task: ServingTask
    own_task: ServingTask
    scorers: Mapping[str, ModelScorer]
    functions: RowFunctions
    signature: Signature
    ask_function: AskFunction

    def bit(self, name: str) -> int:
        """The bit of a node."""
        return self.graph.bits[name]

    def votes(self, name: str) -> Callable[[Outputs], Outputs]:
        """A function of what a node answers to its votes: a model's by its own threshold."""
        node = self.graph.nodes[name]
        scorer = self.scorers.get(node.definition.model or "")
        return (scorer.task if scorer else self.own_task).votes

    def translation(self, node: str, task: ServingTask) -> Callable[[Outputs], Outputs]:
        """A function of what a node's model answers to outputs of the graph.

        Raises:
            InvalidModel: its answers mean something else, or it knows a class that the graph does not.
        """
        own, spec = self.task.spec, task.spec
        why = task.compared_with(own)
        unknown = [name for name in spec.classes or [] if name not in (own.classes or [])]
        if unknown and why is None:
            model = self.graph.model
            why = f"it knows the class {unknown[0]!r}, which {model} does not: train {model} again"
        if why is not None:
            raise InvalidModel(f"the model of the node {node!r} cannot answer for {self.graph.model}: {why}")
        if spec.classes == own.classes:
            return _as_it_is
        return lambda outputs: task.translated(outputs, own)


def _as_it_is(outputs: Any) -> Any:
    return outputs
