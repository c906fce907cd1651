"""Compiles a function from decoded instances to a model's input rows.

It is twice as fast as encoding by columns, ten times for the usual one row.

One function is generated per signature, as dataclasses does it, so that nothing is looked up by name or decided by
type for each value while a client waits. Its results equal those of the
encoder of ``features.encoding``, by property tests.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding.codes import OTHER, Codes, codes_of
from keepfit.features.encoding.numbers import Numbers, numbers_of, row_numbers
from keepfit.features.expressions.python_row import RowCode
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.serving.inference.instances import DecodedRequest, invalid_instances

EncodeRows = Callable[[DecodedRequest], npt.NDArray[np.float32]]

# A row is packed in one call: numpy would take one per column.
_SOURCE = """
def encode_rows(request):
    packed = []
    try:
        for instance in request.instances:
{statements}
            packed.append(pack({terms}))
    except UnreadCategory:
        read_categories(request)
        return encode_rows(request)
    return ndarray((len(packed), {width}), float32, join(packed))
"""


def compile_rows(signature: Signature) -> EncodeRows:
    """Compiles a function of a request with n instances to their (n, model columns) float32 rows.

    Instances have attributes f0, f1 ..., and UTC times. Decoding has left categories as they were sent: what is in no
    vocabulary is read here, in place (blanks around a category, 7.0, a word for a missing one). The function raises
    InvalidRequest where that shows a category to be missing that must be there, or to be too long.
    """
    code, width = RowCode(), len(row_numbers(signature))
    code.names |= {"ndarray": np.ndarray, "float32": np.dtype(np.float32), "nan": math.nan, "join": b"".join}
    code.names |= {"UnreadCategory": UnreadCategory, "read_categories": reader_of_categories(signature)}
    code.names["pack"] = struct.Struct(f"{width}f").pack
    cells = {column.name: f"instance.f{n}" for n, column in enumerate(signature.instance_columns)}
    for column in signature.columns:
        if column.source == "derived":  # a later one may read an earlier one
            cells[column.name] = code.add(column.expression or [], column.type, cells)
    source = _SOURCE.format(
        terms=", ".join(
            _term(numbers_of(column, sent_codes_of), cells[column.name], code)
            for column in signature.model_columns
        ),
        statements="\n".join(f"            {statement}" for statement in ["pass", *code.statements]),
        width=width,
    )
    encode_rows: EncodeRows = code.function(source, "encode_rows")
    return encode_rows


def _term(column: Numbers, value: str, code: RowCode) -> str:
    """The arguments that a column is packed by."""
    if column.read is not None:
        return f"*{code.bind(column.read)}({value})"
    if column.codes is not None:
        return f"{code.bind(column.codes)}[{value}]"
    if column.column.nullable or column.column.source == "derived":
        return f"nan if {value} is None else {value}"
    return value


class UnreadCategory(Exception):
    """A category that is not yet as it is kept."""


class _SentCodes(Codes):
    """The codes of categories as they are sent: one that is known by another text is to be read first."""

    def __init__(self, codes: Codes, column: Column) -> None:
        super().__init__(codes)
        self._read = cell_reader(column)

    def __missing__(self, value: Any) -> float:
        try:
            if self._read(value) == value:
                return OTHER
        except BadCell:
            pass
        raise UnreadCategory


def sent_codes_of(column: Column) -> Codes | None:
    """The codes of a category's values as clients send them; they raise UnreadCategory for others."""
    codes = codes_of(column)
    return codes if codes is None or column.source == "derived" else _SentCodes(codes, column)


def reader_of_categories(signature: Signature) -> Callable[[DecodedRequest], None]:
    """Makes a function that reads every category of a request in place, as it is kept.

    It raises InvalidRequest where one is missing that must be there, or is too long.
    """
    readers = [
        (f"f{n}", column.name, cell_reader(column))
        for n, column in enumerate(signature.instance_columns)
        if type_of(column.type).encoding == "code"
    ]

    def read_categories(request: DecodedRequest) -> None:
        problems = []
        request.body = request.columns = None  # what is logged, and encoded, is what was read
        for attribute, name, read in readers:
            for row, instance in enumerate(request.instances):
                try:
                    setattr(instance, attribute, read(getattr(instance, attribute)))
                except BadCell as flaw:
                    problems.append((row, name, str(flaw)))
        if problems:
            raise invalid_instances(sorted(problems))

    return read_categories
