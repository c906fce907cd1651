"""Inputs and outputs of an ONNX file, read from its bytes: their names, types and shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from keepfit.registry.onnx_inspection import Span, fields, span_of, text_of

FLOAT: Final = 1
UINT8: Final = 2
_GRAPH, _INITIALIZER, _INPUT, _OUTPUT = 7, 5, 11, 12


class Value(NamedTuple):
    """An input or output: its type by number, and its shape, None for a size that is left open."""

    name: str
    kind: int
    shape: tuple[int | None, ...]


class Interface(NamedTuple):
    """The inputs that a caller gives, and the outputs."""

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


def interface_of(model: bytes) -> Interface:
    """The interface of a file that `onnx_inspection.admit` admitted.

    Raises:
        InvalidModel: it is cut off, or says something that exported models do not.
    """
    inputs: list[Value] = []
    outputs: list[Value] = []
    constants: set[str] = set()
    for graph in _messages(model, "model", (0, len(model)), _GRAPH):
        for number, value in fields(model, "graph", graph):
            if number == _INITIALIZER:
                constants |= {
                    text_of(model, name) for n, name in fields(model, "tensor", span_of(value)) if n == 8
                }
            elif number in (_INPUT, _OUTPUT):
                (inputs if number == _INPUT else outputs).append(_value(model, span_of(value)))
    return Interface(tuple(value for value in inputs if value.name not in constants), tuple(outputs))


def _value(model: bytes, span: Span) -> Value:
    name, kind = "", 0
    shape: tuple[int | None, ...] = ()
    for number, value in fields(model, "value", span):
        if number == 1:
            name = text_of(model, value)
        elif number == 2:
            for array in _messages(model, "type", span_of(value), 1):
                for part, inner in fields(model, "array", array):
                    if part == 1 and isinstance(inner, int):
                        kind = inner
                    elif part == 2:
                        shape = tuple(_sizes(model, span_of(inner)))
    return Value(name, kind, shape)


def _sizes(model: bytes, span: Span) -> Iterator[int | None]:
    for dimension in _messages(model, "shape", span, 1):
        known = [value for number, value in fields(model, "dimension", dimension) if number == 1]
        yield known[0] if known and isinstance(known[0], int) else None


def _messages(model: bytes, message: str, span: Span, number: int) -> Iterator[Span]:
    return (span_of(value) for found, value in fields(model, message, span) if found == number)
