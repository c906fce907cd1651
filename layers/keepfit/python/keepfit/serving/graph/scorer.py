"""The scorer of a serving graph: for who asks it, a model like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keepfit.errors import InvalidRequest
from keepfit.features.schema.types.base import type_of
from keepfit.serving.graph.building import AskFunction, Building
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.execution import GraphRun
from keepfit.serving.graph.observer import NodeObserver
from keepfit.serving.graph.registry import kind_of
from keepfit.serving.graph.request_signature import read_by_expressions, request_signature
from keepfit.serving.graph.row_code import RowFunctions
from keepfit.serving.inference.encode_rows import reader_of_categories
from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.base import Outputs
from keepfit.tasks.registry import task_of

if TYPE_CHECKING:  # imported by requests to explain alone
    from keepfit.explanations.contributions import Contributions
    from keepfit.explanations.explainer import Explainer


class GraphScorer(Scorer):
    """Decodes and scores instances by the nodes of a graph; make one per model and keep it.

    Args:
        graph: the graph.
        scorers: of each model in it.
        observer: takes what happens at nodes.
        ask_function: asks Lambda functions of the user's own.

    Raises:
        InvalidModel: versions of models that cannot answer together.
    """

    __slots__ = (
        "_answer",
        "_bits",
        "_early",
        "_executors",
        "_fallbacks",
        "_observer",
        "_others",
        "_own",
        "_passing",
        "_read_categories",
        "_read_first",
        "graph",
    )

    def __init__(
        self,
        graph: CompiledGraph,
        scorers: Mapping[str, Scorer],
        *,
        observer: NodeObserver,
        ask_function: AskFunction,
    ) -> None:
        self._own, self.graph, self._observer = scorers[graph.model], graph, observer
        self.signature = request_signature(graph, {name: each.signature for name, each in scorers.items()})
        self.task = task_of(self.signature.task)
        self.segments = self._own.segments
        self.try_segments = _all_of([each.try_segments for each in scorers.values()])
        self.decoder = InstanceDecoder(self.signature, self.task.max_rows)
        self.decode = self.decoder.decode
        attributes = {
            column.name: f"f{place}" for place, column in enumerate(self.signature.instance_columns)
        }
        building = Building(
            graph=graph,
            task=self.task,
            own_task=self._own.task,
            scorers=scorers,
            functions=RowFunctions(graph, attributes),
            signature=self.signature,
            ask_function=ask_function,
        )
        self._answer, self._bits = graph.answer, graph.bits
        self._executors = {
            name: kind_of(node.kind).executor(name, node, building) for name, node in graph.nodes.items()
        }
        self._fallbacks = {
            name: node.definition.fallback for name, node in graph.nodes.items() if node.definition.fallback
        }
        self._early = [name for name, each in self._executors.items() if each.starts_early]
        self._others = [name for name, node in graph.nodes.items() if node.definition.model]
        self._others = [name for name in self._others if name not in self._early]
        self._passing = sum(self._bits[n] for n, node in graph.nodes.items() if kind_of(node.kind).passes_on)
        self._read_categories = reader_of_categories(self.signature)
        read = read_by_expressions(graph)
        self._read_first = [
            (attributes[column.name], frozenset(column.vocabulary or ()))
            for column in self.signature.instance_columns
            if column.name in read and type_of(column.type).encoding == "code"
        ]

    def score(self, request: DecodedRequest) -> Outputs:
        """See ``Scorer.score``; ``request.nodes`` says of each row which nodes answered it.

        Raises:
            InvalidOutput: a node failed or was late, and neither it nor what asks it has a fallback that answers.
            InvalidRequest: an instance is none that the models of its nodes can score.
        """
        for attribute, known in self._read_first:
            if any(getattr(instance, attribute) not in known for instance in request.instances):
                self._read_categories(request)
                break
        run = GraphRun(self._executors, self._fallbacks, self.task, request, self._observer)
        try:
            outputs = run.take(self._answer, self._early, self._others)
        finally:
            self._observer.ended()
        if run.has_unread_categories:
            self._read_categories(request)
        bits = run.bits(self._answer, None)
        request.nodes = [bits] * run.rows if isinstance(bits, int) else bits.tolist()
        return outputs

    def explain(self, request: DecodedRequest, explainer: Explainer) -> Contributions:
        """The contributions to scores that the model itself gave.

        Raises:
            InvalidRequest: other nodes answered.
        """
        nodes = {
            self._bits[name]: name
            for name, node in self.graph.nodes.items()
            if node.kind == "model" and node.definition.model == self.graph.model
        }
        first = next(iter(nodes))
        for row, bits in enumerate(request.nodes or []):
            alone = bits & ~self._passing
            if row == 0 and alone in nodes:
                first = alone
            if alone != first:
                names = ", ".join(self.graph.answered_by(bits))
                raise InvalidRequest(
                    f"answers are explained that the model {self.graph.model} gives alone, and {names} answered row "
                    f"{row}: ask without explain",
                    code="no_explainer",
                )
        executor: Any = self._executors[nodes[first]]
        return self._own.explain(executor.as_read(request.instances), explainer)


def _all_of(calls: Sequence[Callable[[], None]]) -> Callable[[], None]:
    def call() -> None:
        for each in calls:
            each()

    return call
