"""The canonical form of an ONNX model: equal computations are equal bytes, whatever wrote them.

Converters name values and order what has no order by chance: by the hash seed of the process, by a counter, by a
random name. The digest of a model must not change with that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import onnx

from keepfit.errors import InvalidModel

_GRAPH = "keepfit"


def canonical(model: onnx.ModelProto) -> bytes:
    """The canonical bytes of ``model``, whose answers are unchanged to the last bit.

    Nodes stand in the order in which the outputs need them, and those that no output needs are left out. Values between
    them are named in that order, constants stand in the order of their first use, attributes, operator sets and
    metadata in that of their names. Names of inputs and outputs are the model's interface, and stay. Who made the model
    is not part of it: the training report names the packages.

    Raises:
        InvalidModel: a graph within the graph, whose values could not be renamed alone.
    """
    graph = model.graph
    nodes = _needed(graph)
    names = _names(graph, nodes)
    form = onnx.ModelProto(
        ir_version=model.ir_version,
        opset_import=sorted(model.opset_import, key=_domain),
        metadata_props=_by_key(model.metadata_props),
        graph=onnx.GraphProto(
            name=_GRAPH,
            node=[_renamed(node, names) for node in nodes],
            initializer=_constants(graph.initializer, names),
            input=graph.input,
            output=graph.output,
        ),
    )
    return bytes(form.SerializeToString(deterministic=True))


def _needed(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes that the outputs need, each behind its inputs, whatever the file's order."""
    made_by = {name: node for node in graph.node for name in node.output if name}
    ordered: list[onnx.NodeProto] = []
    done: set[int] = set()
    # A long chain of nodes would be too deep for recursion.
    waiting = [(made_by[output.name], False) for output in reversed(graph.output) if output.name in made_by]
    while waiting:
        node, ready = waiting.pop()
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            ordered.append(node)
            continue
        waiting.append((node, True))
        waiting += [(made_by[name], False) for name in reversed(node.input) if name in made_by]
    return ordered


def _names(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> dict[str, str]:
    """The new name of every value that the nodes read or make, in their order."""
    names = {value.name: value.name for value in [*graph.input, *graph.output]}
    names[""] = ""  # an optional input or output that is left out
    taken = set(names)
    number = 0
    for node in nodes:
        for name in [*node.input, *node.output]:
            if name in names:
                continue
            while f"v{number}" in taken:
                number += 1
            names[name] = f"v{number}"
            number += 1
    return names


def _renamed(node: onnx.NodeProto, names: dict[str, str]) -> onnx.NodeProto:
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs:
            raise InvalidModel(
                f"{node.op_type} holds a graph of its own, which has no canonical form; use another algorithm"
            )
    return onnx.NodeProto(
        op_type=node.op_type,
        domain=node.domain,
        input=[names[name] for name in node.input],
        output=[names[name] for name in node.output],
        attribute=sorted((_undocumented(entry) for entry in node.attribute), key=_name),
    )


def _constants(tensors: Iterable[onnx.TensorProto], names: dict[str, str]) -> list[onnx.TensorProto]:
    order = {name: position for position, name in enumerate(names)}
    kept = sorted(
        (tensor for tensor in tensors if tensor.name in names), key=lambda tensor: order[tensor.name]
    )
    return [_undocumented(tensor, name=names[tensor.name]) for tensor in kept]


def _undocumented(message: Any, **changed: Any) -> Any:
    copy = type(message)()
    copy.CopyFrom(message)
    copy.ClearField("doc_string")
    for field, value in changed.items():
        setattr(copy, field, value)
    return copy


def _by_key(entries: Iterable[onnx.StringStringEntryProto]) -> list[onnx.StringStringEntryProto]:
    return sorted(entries, key=lambda entry: (entry.key, entry.value))


def _domain(opset: Any) -> tuple[str, int]:
    return opset.domain, opset.version


def _name(attribute: Any) -> str:
    return str(attribute.name)
