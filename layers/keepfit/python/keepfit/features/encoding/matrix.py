"""Encodes columns as the float32 rows that a model reads, in training and in serving alike.

Numbers become float32 by way of float64 and null becomes NaN; false and true are 0 and 1. A category becomes its code
in the training vocabulary: 0 is missing, 1 is any value not in it, and from 2 on the known values stand in the order
of what their training rows say of the label, so that a tree splits them well and a linear model sees a trend.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from keepfit.features.expressions.python_row import Evaluate, compile_tree
from keepfit.features.schema.categories import category
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of

Values = Sequence[Any] | npt.NDArray[Any]
Rank = Callable[[npt.NDArray[np.int64], int], npt.NDArray[np.float64]]

MISSING, OTHER, FIRST_KNOWN = 0.0, 1.0, 2.0
RARE_BELOW = 20


def fit_vocabulary(values: Sequence[str | None], rank: Rank) -> list[str]:
    """The categories of a training column in the order that ``rank`` gives them; ties by name.

    Args:
        values: (rows,) the column; None where missing.
        rank: (rows,) codes of the categories, below 0 for none, and how many there are, to (categories,) what each
            says of the label.

    Returns:
        Categories seen in at least ``RARE_BELOW`` rows; rarer ones are scored as "other".

    >>> labels = np.array([False] * 20 + [True] * 20 + [True])
    >>> rank = lambda codes, _: np.array([labels[codes == 0].mean(), labels[codes == 1].mean()])
    >>> fit_vocabulary(["b"] * 20 + ["a"] * 20 + ["c"], rank)
    ['b', 'a']
    """
    seen = Counter(values)
    del seen[None]
    known = sorted(value for value, rows in seen.items() if value is not None and rows >= RARE_BELOW)
    code_of: dict[str | None, int] = {value: code for code, value in enumerate(known)}
    codes = np.fromiter((code_of.get(value, -1) for value in values), np.int64, len(values))
    ranks = rank(codes, len(known)) if known else np.empty(0)
    return [known[code] for code in np.argsort(ranks, kind="stable")]


class Encoder:
    """Encodes instances by a signature; make one and keep it.

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


class Codes(dict[Any, float]):
    """The code of each category; other values are converted by ``category`` and looked up again."""

    def __missing__(self, value: Any) -> float:
        return self.get(category(value), OTHER)


def codes_of(column: Column) -> Codes | None:
    """The codes of a category's values; None for numbers."""
    if type_of(column.type).encoding != "code":
        return None
    known = enumerate(column.vocabulary or [], start=int(FIRST_KNOWN))
    codes: dict[Any, float] = {value: float(code) for code, value in known}
    plain = {category(value): code for value, code in codes.items()}
    return Codes({None: MISSING, "": MISSING, **plain, **codes})


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
