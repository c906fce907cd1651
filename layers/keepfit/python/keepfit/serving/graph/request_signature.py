"""The signature of a graph's requests: what its models and expressions read of them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.errors import InvalidModel
from keepfit.features.expressions.python_row import columns_of
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.signature import Column, Lookup, Signature
from keepfit.features.schema.spelling import SPELLING
from keepfit.serving.graph.compiled import CompiledGraph, given_by
from keepfit.serving.graph.registry import kind_of

_SAME: Final = ("type", *SPELLING)
"""What models that read one field must agree on; the narrower bounds of two count for both."""


def request_signature(graph: CompiledGraph, signatures: Mapping[str, Signature]) -> Signature:
    """The signature of requests, the columns of the graph's own model first.

    Args:
        graph: the graph.
        signatures: of each model in it, as its version was trained.

    Raises:
        InvalidModel: two versions read one field, or look it up, differently.
    """
    own, columns = signatures[graph.model], dict[str, Column]()
    for node, column in _read_by_models(graph, signatures):
        known = columns.get(column.name)
        columns[column.name] = column if known is None else _for_both(known, column, node)
    for name in read_by_expressions(graph):
        if name not in columns:
            columns[name] = _column(name, graph, signatures)
    interval = msgspec.structs.replace(own.task, interval=None)  # it was measured of the model alone
    return Signature(
        model=own.model,
        label=own.label,
        event_time=own.event_time if own.event_time in columns else None,
        columns=list(columns.values()),
        task=kind_of(graph.nodes[graph.answer].kind).task_spec(interval),
        lookups=_lookups(graph, signatures),
    )


def read_by_expressions(graph: CompiledGraph) -> list[str]:
    """The fields of requests that conditions, expressions and hashes read."""
    read = dict[str, None]()
    for node in graph.nodes.values():
        given = given_by(graph, node.definition.columns_from)
        named = [*node.definition.by]
        for expression in node.expressions.values():
            named += sorted(columns_of(expression.tree))
        read |= dict.fromkeys(name for name in named if name not in given)
    scores = {name for node in graph.nodes.values() if node.kind == "score" for name in node.expressions}
    return [name for name in read if name not in scores]


def _read_by_models(
    graph: CompiledGraph, signatures: Mapping[str, Signature]
) -> Iterator[tuple[str, Column]]:
    """The columns that nodes read of requests, those of the own model first."""
    nodes = [(name, node.definition) for name, node in graph.nodes.items() if node.definition.model]
    for name, node in sorted(nodes, key=lambda each: each[1].model != graph.model):
        given = {*given_by(graph, node.columns_from), *(node.of if node.ensemble else ())}
        for column in signatures[node.model or ""].instance_columns:
            if column.name not in given:
                yield name, column


def _for_both(one: Column, other: Column, node: str) -> Column:
    """A column that two models read: no value that either refuses."""
    for key in _SAME:
        if getattr(one, key) != getattr(other, key):
            raise InvalidModel(
                f"the model of the node {node!r} was trained with another {key} of {one.name!r}: "
                f"{getattr(other, key)!r}, not {getattr(one, key)!r}; train both by the definition of today"
            )
    lowest = [bound for bound in (one.min, other.min) if bound is not None]
    highest = [bound for bound in (one.max, other.max) if bound is not None]
    optional: bool | UnsetType = True if one.optional is True and other.optional is True else UNSET
    sensitive: bool | UnsetType = True if one.sensitive is True or other.sensitive is True else UNSET
    return msgspec.structs.replace(
        one if not one.nullable or other.nullable else other,
        min=max(lowest, default=None),
        max=min(highest, default=None),
        optional=optional,
        sensitive=sensitive,
        source="feature" if "feature" in (one.source, other.source) else one.source,
    )


def _column(name: str, graph: CompiledGraph, signatures: Mapping[str, Signature]) -> Column:
    """The column of a field that no model reads of requests."""
    for signature in signatures.values():
        for column in signature.instance_columns:
            if column.name == name:
                return column
    form: Any = graph.fields.get(name)
    if form is None:
        raise InvalidModel(
            f"no model of the graph was trained on the field {name!r}, which an expression reads; train one that is, "
            "or name the field in the fields of the graph"
        )
    return Column(
        name=name, source="input", **{key: getattr(form, key) for key in CellForm.__struct_fields__}
    )


def _lookups(graph: CompiledGraph, signatures: Mapping[str, Signature]) -> list[Lookup] | UnsetType:
    """The lookups of all models, each view once."""
    lookups = dict[str, Lookup]()
    for model in graph.models:
        for lookup in signatures[model].lookups or ():
            known = lookups.get(lookup.view)
            lookups[lookup.view] = lookup if known is None else _of_both(known, lookup, model)
    return list(lookups.values()) or UNSET


def _of_both(one: Lookup, other: Lookup, model: str) -> Lookup:
    whose = ("delay_s", "ttl_s", "timeless", "on_outage")
    if any(getattr(one, key) != getattr(other, key) for key in whose):
        raise InvalidModel(
            f"{model} was trained with another delay, ttl or on_outage of the view {one.view!r}; train it again"
        )
    windows = {window.name: window for window in [*(one.windows or ()), *(other.windows or ())]}
    return msgspec.structs.replace(
        one,
        features=list(dict.fromkeys([*one.features, *other.features])),
        windows=list(windows.values()) or UNSET,
    )
