"""A draft: the definition of a dataset and its model, with a reason for each decision."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from keepfit.definitions.drafting.target import TaskName
from keepfit.features.schema.definition import Field

Use = Literal["label", "input", "field", "left out"]
"""What becomes of a column; a ``field`` is read and kept, and the model does not see it."""
Value = str | int | float | list[str]


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has decided already; all else is decided by the table.

    Args:
        label: the column to predict.
        task: what kind of answer it needs.
        time: the column that says when a row happened.
        timeless: no column does, whatever it looks like.
        entity: the column that names what a row is about.
        keep: columns that are inputs whatever their values say.
        leave_out: columns that are no inputs whatever their values say.
    """

    label: str
    task: TaskName | None = None
    time: str | None = None
    timeless: bool = False
    entity: str | None = None
    keep: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


class DraftedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the file; ``field`` is None for what no field can name."""

    name: str
    use: Use
    field: Annotated[Field | None, Meta(description="how its texts are read")]
    reason: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the definition: ``table`` is the last part of its table's name."""

    table: Literal["dataset", "model", "training", "gates"]
    key: str
    value: Value
    reason: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A definition with its reasons; ``warnings`` are what a person should look at."""

    name: str
    file: str
    rows: int
    labelled_rows: int
    columns: list[DraftedColumn]
    choices: list[Choice]
    warnings: list[str]
