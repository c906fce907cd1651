"""The forms that cells of a column may have, as a draft tries them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from keepfit.features.schema.definition import Field


class Form(NamedTuple):
    """A field that may read a column's texts; ``otherwise`` may read the same texts as other values."""

    field: Field
    otherwise: Field | None = None


class Fit(NamedTuple):
    """The field that reads a column, with a ``note`` for readers and a ``doubt`` that a person settles."""

    field: Field
    note: str = ""
    doubt: str = ""


def written(field: Field) -> str:
    """The keys that say how cells are written; plain numbers need none.

    >>> written(Field(type="float", decimal=","))
    "decimal = ','"
    """
    keys = {key: getattr(field, key) for key in ("format", "decimal", "thousands")}
    keys_written = " and ".join(
        f"{key} = {value!r}" for key, value in keys.items() if value is not msgspec.UNSET
    )
    return keys_written or f"a plain {field.type}"
