"""Derives the days between instants of a row: how long ago the last event, the order or the birth was."""

from __future__ import annotations

from collections.abc import Mapping

from keepfit.features.expressions.python_row import columns_of
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

_SECONDS = 86_400


def elapsed(
    types: Mapping[str, FieldType], *, event_time: str | None, derived: Mapping[str, list[object]]
) -> dict[str, str]:
    """SQL by column name of the days from each instant to the row's own time.

    An instant that a derived column reads says only what is derived of it.

    Args:
        types: of the model's inputs and features.
        event_time: the field of the row's own time; where no input is that, the first instant is.
        derived: expression trees of the model's own derived columns.
    """
    read = {name for tree in derived.values() for name in columns_of(tree)}
    instants = [name for name, kind in types.items() if type_of(kind).is_instant and name not in read]
    if not instants or event_time in read:
        return {}
    own = event_time if event_time in instants else instants[0]
    names = {name: f"{own} - {name}" for name in instants if name != own}
    taken = {name.casefold() for name in (*types, *derived)}
    return {
        column: f"(extract(epoch from {quoted(own)}) - extract(epoch from {quoted(name)})) / {_SECONDS}"
        for name, column in names.items()
        if column.casefold() not in taken
    }
