"""Decoded instances become the model's input: twice as fast as by way of columns, ten times for the usual one row.

One function is generated per signature, as dataclasses does it, so that nothing is looked up by name or decided by
type for each value while a client waits. It gives what ``features.encoding.Encoder`` gives, and property tests hold it
to that.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding import OTHER, codes_of
from keepfit.features.evaluation import compile_tree
from keepfit.features.signature import Column, Signature

EncodeRows = Callable[[list[Any]], npt.NDArray[np.float32]]

# A row is packed in one call: numpy would take one per column. One row has a branch because most requests are one row.
_SOURCE = """
def encode_rows(instances):
    rows = len(instances)
    columns = {{}}
{derivations}
    if rows == 1:
        {ones}
        packed = pack({terms})
    else:
        packed = b"".join([pack({terms}) for {cells}, in zip({lists})])
    return ndarray((rows, {width}), float32, packed)
"""


def compile_rows(signature: Signature) -> EncodeRows:
    """A function of n decoded instances (attributes f0, f1 ..., UTC times) to their (n, model columns) float32 rows."""
    attributes = {column.name: f"f{position}" for position, column in enumerate(signature.instance_columns)}
    names: dict[str, Any] = {"ndarray": np.ndarray, "float32": np.dtype(np.float32), "nan": math.nan}
    names["pack"] = struct.Struct(f"{len(signature.model_columns)}f").pack
    derived = [column for column in signature.columns if column.source == "derived"]
    lines = list(_derivations(derived, attributes, names))
    results = [attributes[column.name] for column in derived]
    cells, lists = ["instance", *results], ["instances", *results]
    source = _SOURCE.format(
        derivations="\n".join(f"    {line}" for line in lines),
        terms=", ".join(_term(column, attributes, names) for column in signature.model_columns),
        cells=", ".join(cells),
        ones="; ".join(f"({one},) = {many}" for one, many in zip(cells, lists, strict=True)),
        lists=", ".join(lists),
        width=len(signature.model_columns),
    )
    exec(compile(source, "<encode_rows>", "exec"), names)  # noqa: S102  of positions only, never of a signature's text
    encode_rows: EncodeRows = names["encode_rows"]
    return encode_rows


def _derivations(derived: list[Column], attributes: dict[str, str], names: dict[str, Any]) -> Iterator[str]:
    """Lines that compute each derived column, in order: a later one may read an earlier one."""
    known: set[str] = set()
    for position, column in enumerate(derived):
        expression = column.expression or []
        for read in sorted(_columns_of(expression) - known):
            attribute = attributes[read]
            names[f"name_{attribute}"] = read
            yield f"columns[name_{attribute}] = [instance.{attribute} for instance in instances]"
            known.add(read)
        names |= {
            f"derive{position}": compile_tree(expression, column.type),
            f"name_d{position}": column.name,
        }
        yield f"columns[name_d{position}] = d{position} = derive{position}(columns, rows)"
        attributes[column.name] = f"d{position}"
        known.add(column.name)


def _term(column: Column, attributes: dict[str, str], names: dict[str, Any]) -> str:
    attribute = attributes[column.name]
    value = attribute if column.source == "derived" else f"instance.{attribute}"
    if column.type == "category":
        names[f"code_{attribute}"] = codes_of(column)
        return f"code_{attribute}({value}, {OTHER})"
    if column.nullable or column.source == "derived":
        return f"nan if {value} is None else {value}"
    return value


def _columns_of(expression: Any) -> set[str]:
    if not isinstance(expression, list) or not expression:
        return set()
    if expression[0] == "column":
        return {expression[1]}
    return set().union(*map(_columns_of, expression))
