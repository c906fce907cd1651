"""The fields and columns that the nodes of a graph may read, and its compiled form."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import Catalogue
from keepfit.definitions.tasks import label_kind
from keepfit.definitions.used_features import read_types
from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.types.base import type_of
from keepfit.serving.graph.compiled import CompiledGraph, CompiledNode
from keepfit.serving.graph.definition import GraphDefinition, NodeDefinition
from keepfit.serving.graph.kind_modules import kind_named
from keepfit.serving.graph.kinds.base import NodeScope
from keepfit.serving.graph.registry import kind_of
from keepfit.tasks.registry import task_type


class GraphScope:
    """A graph whose nodes, edges and order are right, beside the models that it names."""

    def __init__(self, catalogue: Catalogue, name: str, graph: GraphDefinition) -> None:
        self._name, self._graph = name, graph
        self._spine = catalogue.dataset[catalogue.model[name].dataset]
        self._task = task_type(label_kind(catalogue, name)[0])
        named = {node.model for node in graph.nodes.values() if node.model}
        self._models = {model: catalogue.model[model] for model in sorted(named)}
        self._reads = {name: read_types(catalogue, model) for name, model in self._models.items()}
        self._label = catalogue.model[name].label

    def mistakes(self) -> Iterator[str]:
        """What its nodes read wrongly."""
        yield from self._field_mistakes()
        yield from self._type_mistakes()
        yield from self._picture_mistakes()
        for node, definition in self._graph.nodes.items():
            where = f"[model.{self._name}.graph.nodes.{node}]"
            given = list(self._given_twice(definition))
            yield from (f"{where} {says}" for says in given)
            if not given and not self._is_unclear(definition):
                kind = kind_of(kind_named(definition) or "")
                yield from (f"{where} {says}" for says in kind.mistakes(definition, self._scope(definition)))

    def compiled(self) -> CompiledGraph:
        """The graph, which has no mistakes."""
        cells = cells_of(self._spine)
        return CompiledGraph(
            model=self._name,
            answer=self._graph.answer,
            nodes={node: self._node(self._graph.nodes[node]) for node in sorted(self._graph.nodes)},
            fields={
                field: CellForm(**{key: getattr(cells[field], key) for key in CellForm.__struct_fields__})
                for field in self._graph.fields
            },
            views=sorted({view for model in self._models.values() for view in model.lookup or ()}),
        )

    def _node(self, definition: NodeDefinition) -> CompiledNode:
        name = kind_named(definition) or ""
        expressions = kind_of(name).expressions(definition, self._scope(definition))
        return CompiledNode(kind=name, definition=definition, expressions=expressions)

    @cached_property
    def _fields(self) -> dict[str, str]:
        """The fields of requests with their types."""
        own = {
            field: self._spine.fields[field].type
            for field in self._graph.fields
            if field in self._spine.fields
        }
        read = dict[str, str]()
        for reads in self._reads.values():
            read |= reads
        scores = {name for node in self._graph.nodes.values() if node.ensemble for name in node.of}
        return {**own, **{field: kind for field, kind in read.items() if field not in scores}}

    def _scope(self, definition: NodeDefinition) -> NodeScope:
        given = self._given(definition)
        return NodeScope(
            types={**self._fields, **given},
            given=given,
            task=self._task,
            reads=self._reads,
            compile_expression=compile_expression,
        )

    def _given(self, definition: NodeDefinition) -> dict[str, str]:
        """The columns that other nodes give a node, with their types; those that are wrong left out."""
        given = dict[str, str]()
        for name in definition.columns_from:
            scope = self._scope(self._graph.nodes[name])
            for column, sql in self._graph.nodes[name].transform.items():
                try:
                    given[column] = scope.compiled(sql).type
                except InvalidDefinition:  # told where it is written
                    continue
        return given

    def _is_unclear(self, definition: NodeDefinition) -> bool:
        """Whether a column that it is given is wrong where it is written."""
        columns = [c for name in definition.columns_from for c in self._graph.nodes[name].transform]
        return len(self._given(definition)) < len(columns)

    def _given_twice(self, definition: NodeDefinition) -> Iterator[str]:
        seen = dict[str, str]()
        for name in definition.columns_from:
            for column in self._graph.nodes[name].transform:
                if column in seen:
                    yield f"columns_from: {seen[column]!r} and {name!r} both give {column!r}; rename one"
                seen[column] = name

    def _field_mistakes(self) -> Iterator[str]:
        for field in self._graph.fields:
            if field not in self._spine.fields:
                yield (
                    f"[model.{self._name}.graph] fields: {field!r} is no field of the model's dataset; "
                    f"{alike(field, self._spine.fields)}"
                )
            elif field == self._label:
                yield f"[model.{self._name}.graph] fields: {field!r} is the label, which no request can send"

    def _picture_mistakes(self) -> Iterator[str]:
        """Fields whose values take packages to make that only models with such fields are deployed with."""
        own = self._reads.get(self._name, {})
        for node, definition in self._graph.nodes.items():
            for field, kind in self._reads.get(definition.model or "", {}).items():
                if "extractor" in type_of(kind).keys and field not in own:
                    yield (
                        f"[model.{self._name}.graph.nodes.{node}] model: {definition.model} reads {field!r}, of type "
                        f"{kind}, and {self._name} does not: let it read the field too, or leave the node out"
                    )

    def _type_mistakes(self) -> Iterator[str]:
        """Fields that two models read as different things."""
        first: dict[str, tuple[str, str]] = {}
        for node, definition in self._graph.nodes.items():
            if definition.model is None:
                continue
            given = {c for name in definition.columns_from for c in self._graph.nodes[name].transform}
            given |= {*definition.of} if definition.ensemble else set()
            for field, kind in self._reads[definition.model].items():
                if field in given:
                    continue
                other, known = first.setdefault(field, (definition.model, kind))
                if known != kind:
                    yield (
                        f"[model.{self._name}.graph.nodes.{node}] model: {definition.model} reads {field!r} as {kind}, "
                        f"and {other} as {known}; give the field one type, or a transform's column to one of them"
                    )
