"""The interface of an imported file, made that of every model: rows in, the task's outputs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from keepfit.errors import InvalidModel
from keepfit.features.encoding.numbers import Number, row_numbers
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.registry.onnx_inspection import admit
from keepfit.tasks.base import PROBABILITIES
from keepfit.tasks.spec import TaskSpec
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail
from keepfit.training.recipes.sklearn_onnx import INPUT, OPSETS

OTHER: Final = "(other)"
"""What an imported model is told of a category that is not in the vocabulary; of a missing one, an empty text."""

_OLDEST_OPSET, _SIZES_ARE_AN_INPUT = 9, 13
_FLOATS: Final = (TensorProto.FLOAT, TensorProto.DOUBLE)
_WHOLE: Final = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
# Values of the file are named by others; these are unlike any.
_PREFIX = "keepfit_column"


def adapted(model: bytes, signature: Signature, *, output: str) -> bytes:
    """The model with one input, float32 (n, columns) ``features``, and one output, float32 (n, k).

    Args:
        model: an ONNX file, with an input for each column of the signature, by its name, or with one matrix of them.
        signature: what rows hold, in what order.
        output: its name then, ``probabilities`` or ``values``.

    Raises:
        InvalidModel: bytes that may not be loaded, or an interface that is not that of the definition.
    """
    admit(model)
    try:
        parsed = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf's errors share no base class
        raise InvalidModel(f"the file is no ONNX model: {error}") from error
    opset = _opset(parsed)
    _check_classes(parsed, signature.task)
    _read_matrix(parsed, row_numbers(_plain(signature)), opset)
    _answer(parsed, output)
    finished = canonical(parsed)
    admit(finished)
    return finished


def _plain(signature: Signature) -> Signature:
    several = [
        column.name
        for column in signature.model_columns
        if type_of(column.type).encoding in ("text", "calendar") or column.means is not None
    ]
    if several:
        raise InvalidModel(
            f"{', '.join(several)} would be several numbers of a row, which an imported model cannot be told; leave "
            "texts, timestamps and categories of more than 256 values out of the definition, or derive columns of them"
        )
    return signature


def _opset(model: onnx.ModelProto) -> int:
    """The version of the standard operators."""
    versions = [opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")]
    if not versions:  # it has learned operators alone
        model.opset_import.append(helper.make_opsetid("", OPSETS[""]))
        return OPSETS[""]
    if versions[0] < _OLDEST_OPSET:
        raise InvalidModel(f"it uses opset {versions[0]}; export it with opset {_OLDEST_OPSET} or later")
    return int(versions[0])


def _check_classes(model: onnx.ModelProto, task: TaskSpec) -> None:
    """Where a file says its classes, they are the definition's, in the same order."""
    if task.classes is None:
        return
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "classlabels_strings" and attribute.strings:
                names = [name.decode() for name in attribute.strings]
                if names != [str(name) for name in task.classes]:
                    raise InvalidModel(
                        f"it knows the classes {', '.join(names)}, and the data has {', '.join(map(str, task.classes))}"
                    )


def _read_matrix(model: onnx.ModelProto, numbers: Sequence[Number], opset: int) -> None:
    graph = model.graph
    constants = {constant.name for constant in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    _rename(graph, {value.name: f"{_PREFIX}_{place}" for place, value in enumerate(inputs)})
    names = [number.name for number in numbers]
    if {value.name for value in inputs} == {*names}:
        nodes = list(_by_column(graph, inputs, numbers, opset))
    elif len(inputs) == 1 and len(names) != 1 and _is_matrix_of(inputs[0], len(names)):
        _refuse_codes(numbers)
        nodes = [_cast_or_same(INPUT, f"{_PREFIX}_0", inputs[0].type.tensor_type.elem_type)]
    else:
        raise InvalidModel(_unlike([value.name for value in inputs], names))
    existing = list(graph.node)
    del graph.node[:], graph.input[:]
    graph.node.extend([*nodes, *existing])
    graph.input.append(helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, len(names)]))


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]


def _is_matrix_of(value: onnx.ValueInfoProto, columns: int) -> bool:
    tensor = value.type.tensor_type
    shape = tensor.shape.dim
    return tensor.elem_type in _FLOATS and len(shape) == 2 and shape[1].dim_value in (0, columns)


def _refuse_codes(numbers: Sequence[Number]) -> None:
    categories = [number.name for number in numbers if number.codes is not None]
    if categories:
        raise InvalidModel(
            f"it has one input for all columns, and {', '.join(categories)} hold categories; export it with an input "
            "for each column, by its name, of type string for categories"
        )


def _unlike(given: Sequence[str], expected: Sequence[str]) -> str:
    missing = [name for name in expected if name not in given]
    unknown = [name for name in given if name not in expected]
    parts = [f"{', '.join(missing)} missing"] * bool(missing) + [f"{', '.join(unknown)} unknown"] * bool(
        unknown
    )
    return (
        f"its inputs are not the definition's columns {', '.join(expected)}: {'; '.join(parts)}; export it with an "
        "input for each column, by its name, or, where all are numbers, with one matrix of them in this order"
    )


def _by_column(
    graph: onnx.GraphProto, inputs: Sequence[onnx.ValueInfoProto], numbers: Sequence[Number], opset: int
) -> Iterator[onnx.NodeProto]:
    """Nodes that part the matrix, and make of each part what the input is."""
    parts = [f"keepfit_part_{place}" for place in range(len(numbers))]
    if opset < _SIZES_ARE_AN_INPUT:
        yield helper.make_node("Split", [INPUT], parts, axis=1, split=[1] * len(parts))
    else:
        sizes = numpy_helper.from_array(np.ones(len(parts), dtype=np.int64), "keepfit_part_sizes")
        graph.initializer.append(sizes)
        yield helper.make_node("Split", [INPUT, sizes.name], parts, axis=1)
    part_of = dict(zip((number.name for number in numbers), zip(parts, numbers, strict=True), strict=True))
    for place, value in enumerate(inputs):
        part, number = part_of[value.name]
        _check_shape(value)
        kind, made = value.type.tensor_type.elem_type, f"{_PREFIX}_{place}"
        if number.codes is not None:
            if kind != TensorProto.STRING:
                raise InvalidModel(f"{number.name} holds categories, so its input must be of type string")
            yield from _categories(graph, part, made, number.column)
        elif kind in _WHOLE and number.column.nullable:
            raise InvalidModel(f"{number.name} may be missing, so its input must be of type float")
        else:
            yield _cast_or_same(part, made, kind)


def _check_shape(value: onnx.ValueInfoProto) -> None:
    shape = value.type.tensor_type.shape.dim
    if len(shape) != 2 or shape[1].dim_value not in (0, 1) or shape[0].dim_value:
        raise InvalidModel(f"the input {value.name} must have the shape (rows, 1), for any number of rows")


def _cast_or_same(part: str, made: str, kind: int) -> onnx.NodeProto:
    if kind == TensorProto.FLOAT:
        return helper.make_node("Identity", [part], [made])
    if kind not in (*_FLOATS, *_WHOLE):
        raise InvalidModel(
            f"an input of type {TensorProto.DataType.Name(kind)} cannot be told numbers; use float"
        )
    return helper.make_node("Cast", [part], [made], to=kind)


def _categories(graph: onnx.GraphProto, part: str, made: str, column: Column) -> Iterator[onnx.NodeProto]:
    """The words of codes: those of the vocabulary stand behind a missing one and any other."""
    texts = numpy_helper.from_array(
        np.array(["", OTHER, *(column.vocabulary or [])], dtype=object), f"{made}_texts"
    )
    graph.initializer.append(texts)
    yield helper.make_node("Cast", [part], [f"{made}_code"], to=TensorProto.INT64)
    yield helper.make_node("Gather", [texts.name, f"{made}_code"], [made], axis=0)


def _answer(model: onnx.ModelProto, output: str) -> None:
    """Leaves the one output of numbers, as float32 (n, k): of a probability of true alone, both."""
    graph = model.graph
    numbers = [value for value in graph.output if value.type.tensor_type.elem_type in _FLOATS]
    named = [value for value in numbers if value.name == output] or numbers
    if len(named) != 1:
        given = ", ".join(value.name for value in graph.output)
        raise InvalidModel(f"it has the outputs {given}; one of numbers, called {output!r}, is expected")
    kept = named[0]
    for other in [value for value in graph.output if value.name != kept.name]:
        graph.output.remove(other)
    shape = kept.type.tensor_type.shape.dim
    width = shape[1].dim_value if len(shape) == 2 else 1 if len(shape) == 1 else 0
    tail = GraphTail(model, "answer")
    if kept.type.tensor_type.elem_type != TensorProto.FLOAT:
        tail.then("Cast", to=TensorProto.FLOAT)
    if len(shape) == 1:
        tail.add("Reshape", tail.last, tail.constant([-1, 1], np.int64))
    if output == PROBABILITIES and width == 1:
        true = tail.last
        tail.add("Concat", tail.add("Sub", tail.constant(1.0), true), true, axis=1)
    tail.finish(output)
