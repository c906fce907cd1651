"""Reads the tensors of an inference request: each becomes the cells of a field, one for each row."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy.typing as npt

from keepfit.errors import InvalidRequest
from keepfit.features.schema.signature import Column
from keepfit.features.schema.types.base import type_of
from keepfit.serving.protocols.open_inference.datatype_names import BYTES
from keepfit.serving.protocols.open_inference.datatypes import (
    DATATYPES,
    array_of,
    elements_of,
    invalid,
    texts_of,
)

Parameters = dict[str, str | int | float | bool]
_SIZE: Final = "binary_data_size"


class InputTensor(msgspec.Struct):
    """A tensor as JSON describes it; ``data`` is there unless ``parameters`` give its size in bytes."""

    name: str
    shape: list[int]
    datatype: str
    data: Any = None
    parameters: Parameters = {}


class OutputRequest(msgspec.Struct):
    """An output that a client asks for."""

    name: str
    parameters: Parameters = {}


class InferenceRequest(msgspec.Struct):
    """The JSON of an inference request; members that are not of the protocol are left out."""

    inputs: list[InputTensor]
    id: str | None = None
    outputs: list[OutputRequest] | None = None
    parameters: Parameters = {}


_decode = msgspec.json.Decoder(InferenceRequest).decode


def request_of(body: bytes) -> InferenceRequest:
    """Decodes the JSON. Raises InvalidRequest for what is no inference request."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return _with_nan(body, error)


def _with_nan(body: bytes, first: Exception) -> InferenceRequest:
    """The same of JSON in which a number that is missing is the bare word NaN, as some clients write it."""
    import json  # noqa: PLC0415  seldom

    try:
        return msgspec.convert(json.loads(body), InferenceRequest)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else first
        raise InvalidRequest(f"the request cannot be read: {why}", code="invalid_json") from error


def cells_of(tensor: InputTensor, column: Column, binary: memoryview | None, max_rows: int) -> list[Any]:
    """The cells of a field, one for each row: JSON values, None where one is missing.

    Args:
        tensor: as JSON has it.
        column: that it is of.
        binary: its bytes, where they are not in the JSON.
        max_rows: that a request may hold.

    Raises:
        InvalidRequest: its type, shape, size and data do not agree with each other, or with the field.
    """
    if tensor.datatype not in DATATYPES:
        raise invalid(
            f"input {tensor.name!r} has the data type {tensor.datatype[:40]!r}; those there are: {', '.join(DATATYPES)}"
        )
    rows, width = _shape(tensor, column, max_rows)
    if binary is None:
        return _of_json(tensor, rows, width)
    if tensor.datatype == BYTES:
        texts = None if column.type == "image" else texts_of(binary, rows * (width or 1))
        if texts is not None:
            return texts
        return _texts(elements_of(binary, rows * (width or 1), tensor.name), column, tensor.name)
    return _of_array(array_of(binary, tensor.datatype, rows * (width or 1), tensor.name), rows, width)


def split(inputs: Sequence[InputTensor], binary: memoryview) -> list[memoryview | None]:
    """The bytes of each tensor that has any. Raises InvalidRequest unless they are all of ``binary``."""
    parts: list[memoryview | None] = []
    place = 0
    for tensor in inputs:
        size = tensor.parameters.get(_SIZE)
        if size is None:
            parts.append(None)
            continue
        if type(size) is not int or not 0 <= size <= len(binary) - place:
            raise invalid(
                f"input {tensor.name!r} says that it has {size} bytes, and {len(binary) - place} are left of the body"
            )
        if tensor.data is not None:
            raise invalid(f"input {tensor.name!r} has data as well as {_SIZE}: send one of them")
        parts.append(binary[place : place + size])
        place += size
    if place != len(binary):
        raise invalid(f"the body has {len(binary) - place} bytes that are of no input")
    return parts


def _shape(tensor: InputTensor, column: Column, max_rows: int) -> tuple[int, int | None]:
    """The rows, and how many numbers a vector has; None for a single value."""
    shape, kind = tensor.shape, type_of(column.type)
    vector = kind.width(column) if kind.is_list and tensor.datatype != BYTES else None
    if vector is None:
        good = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    else:
        good = len(shape) == 2 and shape[1] == vector
    if not good or shape[0] < 0:
        wanted = "[rows] or [rows, 1]" if vector is None else f"[rows, {vector}]"
        raise invalid(f"input {tensor.name!r} has the shape {shape[:10]}, and {wanted} is expected")
    if shape[0] > max_rows:
        raise InvalidRequest(
            f"{shape[0]} rows are more than a request may hold: send up to {max_rows} at a time",
            code="too_many_instances",
        )
    return shape[0], vector


def _of_json(tensor: InputTensor, rows: int, width: int | None) -> list[Any]:
    values = _flat(tensor.data)
    if values is None or len(values) != rows * (width or 1):
        has = "no data" if values is None else f"{len(values)} values"
        raise invalid(
            f"input {tensor.name!r} has {has} where its shape {tensor.shape} says {rows * (width or 1)}"
        )
    if tensor.datatype.startswith("FP"):
        values = [None if isinstance(value, float) and math.isnan(value) else value for value in values]
    return values if width is None else _rows(values, width)


def _of_array(array: npt.NDArray[Any], rows: int, width: int | None) -> list[Any]:
    if width is not None:
        return list(array.reshape(rows, width).tolist())
    values: list[Any] = array.tolist()
    if array.dtype.kind == "f" and math.isnan(array.sum()):
        return [None if value != value else value for value in values]  # noqa: PLR0124  NaN is missing
    return values


def _texts(elements: list[bytes], column: Column, name: str) -> list[Any]:
    """Texts; of pictures, whose bytes may be anything, base64."""
    if column.type == "image":
        return [base64.b64encode(element).decode() for element in elements]
    try:
        return [element.decode() for element in elements]
    except UnicodeDecodeError as error:
        raise invalid(f"input {name!r} holds what is not UTF-8: {error}") from error


def _flat(data: Any) -> list[Any] | None:
    """Data as the protocol allows it: flat, or nested as its shape says."""
    if not isinstance(data, list):
        return None
    values: list[Any] = data
    while values and all(isinstance(each, list) for each in values):
        values = [value for each in values for value in each]
    return values


def _rows(values: list[Any], width: int) -> list[Any]:
    return [values[place : place + width] for place in range(0, len(values), width)]
