"""Graphs of models in memory: their scores are computed of what they read, nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from keepfit.errors import InvalidOutput
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.signature import Column, Signature
from keepfit.serving.graph.compiled import CompiledExpression, CompiledGraph, CompiledNode
from keepfit.serving.graph.definition import NodeDefinition
from keepfit.serving.graph.kind_modules import kind_named
from keepfit.serving.graph.scorer import GraphScorer
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.tasks.base import Outputs
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec

BINARY = TaskSpec(kind="binary")
FIELDS = {"amount": "float", "age": "int", "country": "category", "new": "bool"}


class MemoryModel:
    """A model whose score is a function of the instance; see ``building.ModelScorer``."""

    def __init__(
        self,
        model: str,
        score: Callable[[dict[str, Any]], Any],
        fields: Sequence[str] = tuple(FIELDS),
        *,
        spec: TaskSpec = BINARY,
        wait: Callable[[], object] = lambda: None,
        nullable: bool = False,
        **types: str,
    ) -> None:
        self.signature = Signature(
            model=model,
            label="y",
            event_time=None,
            columns=[
                Column(
                    name=name,
                    source="input",
                    type=types.get(name, FIELDS.get(name, "float")),
                    nullable=nullable,
                )
                for name in fields
            ],
            task=spec,
        )
        self.task = task_of(spec)
        self.segments = frozenset[str]()
        self.calls: list[int] = []
        self._function, self._wait = score, wait

    def try_segments(self) -> None:
        """Nothing: it has none."""

    def score(self, request: DecodedRequest) -> Outputs:
        """A score for each instance, one after the other."""
        self.calls.append(len(request.instances))
        self._wait()
        return np.array([self.one(instance) for instance in request.instances])

    def one(self, instance: Any) -> Any:
        """The score of one instance."""
        names = [column.name for column in self.signature.instance_columns]
        return self._function({name: getattr(instance, f"f{place}") for place, name in enumerate(names)})


def broken(_instance: dict[str, Any]) -> Any:
    """A model that never answers."""
    raise InvalidOutput("the model answered nan")


@dataclass
class Observed:
    """See ``execution.NodeObserver``."""

    took_ms: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    replacements: list[str] = field(default_factory=list)
    requests: int = 0

    def took(self, node: str, seconds: float) -> None:
        assert seconds >= 0
        self.took_ms.append(node)

    def failed(self, node: str, reason: str) -> None:
        self.failures.append((node, reason))

    def replaced(self, node: str) -> None:
        self.replacements.append(node)

    def ended(self) -> None:
        self.requests += 1


def graph_of(answer: str, **nodes: dict[str, Any]) -> CompiledGraph:
    """A compiled graph of the model ``own``, of nodes as a definition has them."""
    definitions = {name: msgspec.convert(node, NodeDefinition) for name, node in nodes.items()}
    compiled = {
        name: CompiledNode(
            kind=kind_named(node) or "", definition=node, expressions=_expressions(node, definitions)
        )
        for name, node in definitions.items()
    }
    return CompiledGraph(model="own", answer=answer, nodes=compiled)


def _types(node: NodeDefinition, nodes: Mapping[str, NodeDefinition]) -> dict[str, str]:
    given = {
        column: compile_expression(sql, _types(nodes[name], nodes))[1]
        for name in node.columns_from
        for column, sql in nodes[name].transform.items()
    }
    return {**FIELDS, **given, "score": "float"}


def _expressions(node: NodeDefinition, nodes: Mapping[str, NodeDefinition]) -> dict[str, CompiledExpression]:
    types = _types(node, nodes)
    texts = {**node.transform, **{way.when: way.when for way in node.route if way.when}}
    if node.score:
        texts["score"] = node.score
    made = {name: compile_expression(sql, types) for name, sql in texts.items()}
    return {name: CompiledExpression(tree=tree, type=kind) for name, (tree, kind) in made.items()}


def scorer_of(
    graph: CompiledGraph,
    *models: MemoryModel,
    observer: Observed | None = None,
    ask_function: Callable[[str, bytes], bytes] = lambda _arn, _payload: b"",
) -> GraphScorer:
    """The scorer of a graph of models in memory."""
    scorers: Any = {model.signature.model: model for model in models}
    return GraphScorer(graph, scorers, observer=observer or Observed(), ask_function=ask_function)


def instance(number: int) -> dict[str, Any]:
    """Different from one another, over all fields."""
    return {
        "amount": 37.25 * (number * 7919 % 101),
        "age": number * 31 % 90,
        "country": ("de", "fr", "jp")[number * 13 % 3],
        "new": number % 2 == 0,
    }


def asked(scorer: GraphScorer, *instances: Mapping[str, Any]) -> DecodedRequest:
    """A decoded request."""
    return scorer.decode(msgspec.json.encode({"instances": instances}))
