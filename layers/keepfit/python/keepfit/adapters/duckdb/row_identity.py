"""The identity of a row through all uploads, runs and versions, as 64 bits, in SQL.

The numbers outlive a run: a later one asks by them what a model was trained on. They may never change.
"""

from __future__ import annotations

from keepfit.features.datasets.part_rows import LINE, SOURCE
from keepfit.features.schema.definition import COPY, DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text

# Copies of a row stay together by so many: a few are one thing recorded twice, hundreds are alike by chance.
_COPIES_TOGETHER = 10
_SEPARATOR = "chr(31)"


def row_id(dataset: DatasetDefinition, label: str) -> str:
    """The number of a row by its key; without a key by all that it says but the ``label``.

    A field that is missing leaves no trace, so rows from before there was the field keep their number.
    """
    names = sorted(dataset.key or (name for name in dataset.fields if name != label))
    said = [_said(name, dataset) for name in names]
    if COPY in dataset.identity:
        said.append(f"CAST(({COPY} - 1) // {_COPIES_TOGETHER} AS VARCHAR)")
    return f"md5_number_lower(concat_ws({_SEPARATOR}, {', '.join(said)}))"


def group_id(field: str, dataset: DatasetDefinition, otherwise: str) -> str:
    """The number of a row's group, the value of ``field``; the SQL ``otherwise`` where it has none."""
    return f"CASE WHEN {quoted(field)} IS NULL THEN {otherwise} ELSE md5_number_lower({_said(field, dataset)}) END"


def line_id() -> str:
    """The number of a row's place in its upload, which stays whatever is read from there."""
    return f"md5_number_lower(concat({SOURCE}, ':', {LINE}))"


def _said(name: str, dataset: DatasetDefinition) -> str:
    column, kind = quoted(name), type_of(dataset.fields[name].type)
    value = (
        f"epoch_us({column})" if kind.is_instant else f"CAST({column} AS VARCHAR)" if kind.is_list else column
    )
    return f"CASE WHEN {column} IS NOT NULL THEN concat({text(name)}, '=', {value}) END"
