"""Encodes columns as the float32 rows that a model reads, in training and in serving alike.

Numbers become float32 by way of float64 and null becomes NaN; false and true are 0 and 1. A category becomes its code
in the training vocabulary: 0 is missing, 1 is any value not in it, and from 2 on the known values stand in the order
of what their training rows say of the label, so that a tree splits them well and a linear model sees a trend. Texts,
instants and categories of very many values become several numbers: see ``numbers``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding.codes import codes_of
from keepfit.features.encoding.numbers import CodesOf, Numbers, numbers_of
from keepfit.features.expressions.python_row import Evaluate, compile_tree
from keepfit.features.schema.signature import Signature

Values = Sequence[Any] | npt.NDArray[Any]


class Encoder:
    """Encodes instances by a signature, and categories by ``codes_of``; make one and keep it.

    >>> from keepfit.features.schema.signature import Column
    >>> distance = Column(name="distance", source="input", type="float")
    >>> carrier = Column(name="carrier", source="input", type="category", vocabulary=["UA"])
    >>> encoder = Encoder(Signature(model="m", label="late", event_time=None, columns=[distance, carrier]))
    >>> encoder.encode({"distance": [10.5, None], "carrier": ["UA", "ZZ"]}).tolist()
    [[10.5, 2.0], [nan, 1.0]]
    """

    def __init__(self, signature: Signature, codes_of: CodesOf = codes_of) -> None:
        self.signature = signature
        self.names = tuple(column.name for column in signature.model_columns)
        self._derived: list[tuple[str, Evaluate]] = [
            (column.name, compile_tree(column.expression or [], column.type))
            for column in signature.columns
            if column.source == "derived"
        ]
        self._columns = [numbers_of(column, codes_of) for column in signature.model_columns]
        self.width = sum(len(column.numbers) for column in self._columns)

    def encode(self, columns: Mapping[str, Values]) -> npt.NDArray[np.float32]:
        """(rows, numbers) float32, C-contiguous: the rows that the model reads.

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
        encoded = np.empty((rows, self.width), dtype=np.float32)
        start = 0
        for column in self._columns:
            end = start + len(column.numbers)
            encoded[:, start:end] = encode_column(present[column.column.name], column)
            start = end
        return encoded


def plain_values(values: Any) -> list[Any]:
    """Plain Python values, None for missing ones (masked, NaN, NaT, NA); instants in UTC."""
    if not _is_array(values):
        return cast("list[Any]", values)
    if values.dtype.kind == "M":
        return [_in_utc(at) for at in values.astype("datetime64[us]").tolist()]
    return [None if _is_missing(value) else value for value in values.tolist()]


def encode_column(values: Any, column: Numbers) -> npt.NDArray[Any]:
    """(rows, numbers) of one column, float64."""
    if column.read is not None:
        rows = [column.read(value) for value in plain_values(values)]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(column.numbers))
    if column.codes is not None:
        codes = map(column.codes.__getitem__, plain_values(values))
        return np.fromiter(codes, np.float64, len(values))[:, None]
    return _numbers(values)[:, None]


def _numbers(values: Any) -> npt.NDArray[np.float64]:
    if isinstance(values, np.ma.MaskedArray):
        return cast("npt.NDArray[np.float64]", np.ma.filled(values.astype(np.float64), np.nan))
    if _is_array(values) and values.dtype.kind in "biuf":
        return np.asarray(values, dtype=np.float64)
    return np.fromiter(plain_values(values), np.float64, len(values))


def _is_array(values: Any) -> bool:
    return hasattr(values, "dtype")


def _in_utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _is_missing(value: Any) -> bool:
    return value is None or (type(value) is float and math.isnan(value)) or type(value).__name__ == "NAType"
