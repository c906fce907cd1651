"""Fields whose values stand inside of nested ones: the column they are in, and what takes them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import UNSET

from keepfit.features.io.json_paths import EACH, parse, taking
from keepfit.features.io.reductions import REDUCTIONS
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import type_of


def column_of(name: str, field: Field) -> str:
    """The header of the column that a field is read from."""
    return parse(field.path).column if field.path else field.column or name


def taker_of(field: Field) -> Callable[[str], str | None] | None:
    """A function of a cell of the column to the text of the value; None where that is the cell itself."""
    if not field.path or not is_nested(field):
        return None
    reduction = REDUCTIONS[field.take] if field.take else None
    lists = type_of(field.type).is_list
    return taking(parse(field.path), reduction, field.value or None, lists=lists)


def is_nested(field: Field) -> bool:
    """Whether a field's value is not the cell of its column itself."""
    return bool(field.path) and bool(parse(field.path or "").steps or field.take)


def path_mistakes(field: Field) -> Iterator[str]:
    """What is wrong with the path of a field, and with what is taken there."""
    if not field.path:
        for key in ("take", "value"):
            if getattr(field, key) is not UNSET:
                yield f"{key} is for what a path leads to; name one, such as path = '$.items'"
        return
    if field.column is not UNSET:
        yield "path and column both say where the value stands; the first step of the path is the column"
    try:
        steps = parse(field.path).steps
    except ValueError as error:
        yield f"path: {error}"
        return
    if EACH in steps and not field.take and not type_of(field.type).is_list:
        yield f"path leads to several values; say what of them with take: {', '.join(REDUCTIONS)}"
    yield from _reduction_mistakes(field)


def _reduction_mistakes(field: Field) -> Iterator[str]:
    reduction = REDUCTIONS[field.take] if field.take else None
    if reduction and reduction.types and field.type not in reduction.types:
        yield f"take = {field.take!r} gives a field of type {' or '.join(sorted(reduction.types))}"
    if reduction and reduction.needs_value and field.value is UNSET:
        yield f"take = {field.take!r} needs the value that is looked for, such as value = 'premium'"
    if field.value is not UNSET and not (reduction and reduction.needs_value):
        yield "value is what take = 'contains' looks for"
