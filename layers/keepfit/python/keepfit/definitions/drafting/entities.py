"""Finds the entity column: a customer or a machine of which there are several rows."""

from __future__ import annotations

from keepfit.definitions.drafting import column_names
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.uninformative import LeftOut
from keepfit.errors import RefusedDraft

_MIN_ENTITIES = 20
_MAX_ROWS_EACH = 50
_FEW_ROWS_EACH = 5
_NEARLY_UNIQUE = 0.95


def entity_of(table: Table, wanted: str | None, *, label: str) -> Column | None:
    """The entity column that a person named, or else the one that its name and values suggest.

    Raises:
        RefusedDraft: a person named the label.
    """
    if wanted == label:
        raise RefusedDraft(f"--entity {label} is the label: a row cannot be about what is to be predicted")
    if wanted:
        return table.columns[wanted]
    fit = [column for column in table.columns.values() if column.name != label and _may_be(column)]
    return min(fit, key=lambda column: (-column.distinct, column.place), default=None)


def unlearnable(entity: Column) -> LeftOut | None:
    """Why the entity is no input, where it has too few rows for anything to be learned of each."""
    each = entity.present / entity.distinct
    if each >= _FEW_ROWS_EACH:
        return None
    return entity.name, f"names what rows are about, {each:.1f} rows each: too few to learn anything of each"


def _may_be(column: Column) -> bool:
    return (
        column_names.is_identifier(column.name)
        and column.field.type in ("category", "int")
        and column.distinct >= _MIN_ENTITIES
        and column.share_distinct < _NEARLY_UNIQUE
        and column.present / column.distinct <= _MAX_ROWS_EACH
        and column.present >= 0.99 * column.rows
    )
