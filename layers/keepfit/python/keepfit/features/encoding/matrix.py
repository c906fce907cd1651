"""Encodes columns as the float32 matrix that a model reads, in training and in serving alike.

Numbers become float32 by way of float64 and null becomes NaN; false and true are 0 and 1. A category becomes its code
in the training vocabulary: see ``codes``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding.codes import Codes, codes_of
from keepfit.features.expressions.python_row import Evaluate, compile_tree
from keepfit.features.schema.signature import Signature

Values = Sequence[Any] | npt.NDArray[Any]


class Encoder:
    """Encodes instances by a signature; make one and keep it.

    >>> from keepfit.features.schema.signature import Column
    >>> distance = Column(name="distance", source="input", type="float")
    >>> carrier = Column(name="carrier", source="input", type="category", vocabulary=["UA"])
    >>> encoder = Encoder(Signature(model="m", label="late", event_time=None, columns=[distance, carrier]))
    >>> encoder.encode({"distance": [10.5, None], "carrier": ["UA", "ZZ"]}).tolist()
    [[10.5, 2.0], [nan, 1.0]]
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.names = tuple(column.name for column in signature.model_columns)
        self._derived: list[tuple[str, Evaluate]] = [
            (column.name, compile_tree(column.expression or [], column.type))
            for column in signature.columns
            if column.source == "derived"
        ]
        self._readers = [(column.name, codes_of(column)) for column in signature.model_columns]

    def encode(self, columns: Mapping[str, Values]) -> npt.NDArray[np.float32]:
        """(rows, model columns) float32, C-contiguous: the rows that the model reads.

        Args:
            columns: the signature's columns by name, of one length: lists (None, bool, int, float, str, aware UTC
                datetimes: ``schema.read_column``), numpy arrays (masked ones too) or pandas columns. Derived columns
                that are absent are computed, which needs lists.
        """
        present: dict[str, Any] = dict(columns)
        rows = len(next(iter(present.values())))
        for name, evaluate in self._derived:
            if name not in present:
                present[name] = evaluate(present, rows)
        if rows == 1 and set(map(type, present.values())) == {list}:
            return self._row(present)
        encoded = np.empty((rows, len(self._readers)), dtype=np.float32)
        for position, (name, code) in enumerate(self._readers):
            encoded[:, position] = _column(present[name], code)
        return encoded

    def _row(self, columns: Mapping[str, list[Any]]) -> npt.NDArray[np.float32]:
        """Encodes one instance, the most common request: one conversion instead of one per column."""
        row = [columns[name][0] if code is None else code[columns[name][0]] for name, code in self._readers]
        return np.fromiter(row, np.float32, len(row)).reshape(1, -1)


def _column(values: Any, code: Codes | None) -> npt.NDArray[Any]:
    if code is not None:
        return np.fromiter(map(code.__getitem__, _as_list(values)), np.float64, len(values))
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan)
    if _is_array(values) and values.dtype.kind in "biuf":
        return np.asarray(values, dtype=np.float64)
    return np.fromiter(_as_list(values), np.float64, len(values))


def _is_array(values: Any) -> bool:
    return hasattr(values, "dtype")


def _as_list(values: Any) -> list[Any]:
    """Plain Python values with None for missing ones (masked, NaN, pandas' NA)."""
    if not _is_array(values):
        return cast("list[Any]", values)
    return [None if _is_missing(value) else value for value in values.tolist()]


def _is_missing(value: Any) -> bool:
    return value is None or (type(value) is float and math.isnan(value)) or type(value).__name__ == "NAType"
