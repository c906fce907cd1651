"""The JSON Schema of a model's instances, and an instance that it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import UNSET

from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of

_MAX_TEXT: Final = 1000
_INSTANT: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_EPOCHS: Final = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}
# A picture of one white pixel, as PNG.
_PICTURE: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj3fwAAAABJRU5ErkJggg=="
)


def instance_schema(signature: Signature) -> dict[str, Any]:
    """The schema of one instance, with features of views as clients may leave them out."""
    looked_up = {name for lookup in signature.lookups or () for name in lookup.features}
    keys = {key.name: key for lookup in signature.lookups or () for key in lookup.entity}
    columns = {column.name: column for column in signature.instance_columns}
    beside = {name: key for name, key in keys.items() if name not in columns}
    may_lack = looked_up | beside.keys() | {name for name, each in columns.items() if each.optional is True}
    return {
        "type": "object",
        "properties": {name: value_schema(column) for name, column in {**columns, **beside}.items()},
        "required": [name for name in columns if name not in may_lack],
        "additionalProperties": False,
        "example": example_instance(signature),
    }


def value_schema(column: Column) -> dict[str, Any]:
    """The schema of a column's values."""
    found = _of_kind(column)
    if column.min is not None:
        found["minimum"] = column.min
    if column.max is not None:
        found["maximum"] = column.max
    if column.nullable:
        kinds = found.pop("type")
        found["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
    return found


def example_instance(signature: Signature) -> dict[str, Any]:
    """A whole instance of made up values that the model takes."""
    return {column.name: _example(column) for column in signature.instance_columns}


def _of_kind(column: Column) -> dict[str, Any]:
    kind = type_of(column.type)
    if column.type == "image":
        return {"type": "string", "contentEncoding": "base64", "description": "a picture"}
    if kind.is_list:
        width = kind.width(column)
        return {"type": "array", "items": {"type": "number"}, "minItems": width, "maxItems": width}
    if kind.is_instant:
        return _of_instants(column)
    simple = {"number": "integer" if kind.storage == "BIGINT" else "number", "bool": "boolean"}
    if kind.expression in simple:
        return {"type": simple[kind.expression]}
    return {"type": "string", "maxLength": _MAX_TEXT} if column.type == "category" else {"type": "string"}


def _of_instants(column: Column) -> dict[str, Any]:
    form = _first_format(column)
    if form in _EPOCHS:
        return {"type": "number", "description": form}
    if form is None:
        return {"type": "string", "format": "date-time"}
    return {"type": "string", "description": f"an instant as {form}"}


def _example(column: Column) -> Any:
    kind = type_of(column.type)
    if column.type == "image":
        return _PICTURE
    if kind.is_list:
        return [0.5] * kind.width(column)
    if kind.is_instant:
        return _example_instant(_first_format(column))
    if kind.is_number:
        return _within(column, whole=kind.storage == "BIGINT")
    if kind.expression == "bool":
        return False
    return column.vocabulary[0] if column.vocabulary else "a text"


def _example_instant(form: str | None) -> Any:
    if form in _EPOCHS:
        return int(_INSTANT.timestamp()) * _EPOCHS[form]
    return _INSTANT.strftime(form or "%Y-%m-%dT%H:%M:%SZ")


def _first_format(column: Column) -> str | None:
    """How its instants are written; None for ISO 8601."""
    if column.format is UNSET:
        return None
    first = column.format if isinstance(column.format, str) else column.format[0]
    return None if first == "iso" else first


def _within(column: Column, *, whole: bool) -> float:
    """1, or what of the column's bounds is next to it."""
    value = max(1.0, column.min) if column.min is not None else 1.0
    value = min(value, column.max) if column.max is not None else value
    return int(value) if whole else value
