"""Columns that nothing can be learned from: constants, identifiers, and copies of other columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.sample import Numbers, Sample
from keepfit.definitions.drafting.table import Column, Table

LeftOut = tuple[str, str]
"""The name of a column and why it is left out."""

_NEARLY_UNIQUE = 0.95
_MIN_VALUES_OF_CODE = 50
# Of two columns that say the same, the one that says it in an order that can be learned.
_PREFERENCE = {"timestamp": 2, "int": 1, "float": 1}
_MAX_SHARE_OF_RECODED = 0.5


def constants(table: Table) -> Iterator[LeftOut]:
    """Columns that are the same in every row."""
    for name, column in table.columns.items():
        if not column.present:
            yield name, "is empty in every row"
        elif column.distinct == 1 and column.present == column.rows:
            yield name, f"is {_shown(column)} in every row"


def identifiers(table: Table) -> Iterator[LeftOut]:
    """Columns that name a row and say nothing of it."""
    for name, column in table.columns.items():
        if reason := _identifies(column):
            yield name, reason


def _identifies(column: Column) -> str | None:
    if column.counts:
        return "counts the rows"
    if column.share_distinct < _NEARLY_UNIQUE or column.present < _MIN_VALUES_OF_CODE:
        return None
    many = f"{column.distinct:,} different values in {column.present:,} rows"
    if column.field.type == "category":
        return f"names the row: {many}"
    if column.is_whole and column_names.is_identifier(column.name):
        return f"names the row: {many}"
    return None


def copies(table: Table, sample: Sample, names: Sequence[str]) -> Iterator[LeftOut]:
    """Columns that hold what another holds, in the same values or in one-to-one recodings."""
    same: dict[bytes, str] = {}
    for name in sorted(names, key=lambda name: -_PREFERENCE.get(table.columns[name].field.type, 0)):
        values = sample.values[name]
        first = same.setdefault(values.tobytes(), name)
        if first != name:
            yield name, f"holds the same as {first}"
            continue
        if (recoded := _recoded(values)) is None:
            continue
        first = same.setdefault(recoded, name)
        if first != name:
            yield name, f"says the same as {first}: each of its values goes with one of {first}"


def _recoded(values: Numbers) -> bytes | None:
    """The pattern of equal values; None where nearly all differ, and any two columns are alike."""
    different, codes = np.unique(values, return_inverse=True)
    if not 2 <= len(different) <= _MAX_SHARE_OF_RECODED * len(values):
        return None
    first = np.full(len(different), len(values))
    np.minimum.at(first, codes, np.arange(len(values)))
    return b"recoded" + first[codes].tobytes()


def _shown(column: Column) -> str:
    text, _ = column.common[0]
    return text if len(text) <= 40 else f"{text[:40]}…"
