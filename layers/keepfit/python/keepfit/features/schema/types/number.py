"""The common part of numeric types: finite, float32-compatible, within the field's bounds."""

from __future__ import annotations

from typing import Any

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import ValueType

# The greatest float32: beyond it a model's input would be infinite.
MAX_NUMBER = 3.4028234663852886e38

NOT_A_NUMBER = "is not a number"
NOT_FINITE = "is not a finite number of at most 3.4e38"


class NumberType(ValueType):
    """The base of numeric types."""

    expression = "number"
    encoding = "number"
    profile = "numbers"

    def flaw(self, field: Field, value: Any) -> str | None:
        if type(value) not in (float, int):
            return NOT_A_NUMBER
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            return NOT_FINITE
        low, high = number_range(field)
        return None if low <= value <= high else out_of_bounds(field)

    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        low, high = (f"CAST({bound!r} AS DOUBLE)" for bound in number_range(field))
        bounded = field.min is not None or field.max is not None
        return [
            *self._form_sql(text, value),
            *([(f"NOT {value} BETWEEN {low} AND {high}", out_of_bounds(field))] if bounded else []),
        ]

    def _form_sql(self, text: str, value: str) -> list[tuple[str, str]]:
        """The ``flaws_sql`` that do not depend on a field's bounds."""
        raise NotImplementedError

    def missing_sql(self, text: str, value: str) -> str:
        return missing_number_sql(text, value)


def missing_number_sql(text: str, value: str) -> str:
    """The SQL condition for NaN, which programs write for a missing number."""
    return f"{value} IS NULL AND isnan(TRY_CAST({text} AS DOUBLE))"


def number_range(field: Field) -> tuple[float, float]:
    """The least and the greatest valid number of this field."""
    low = -MAX_NUMBER if field.min is None else max(field.min, -MAX_NUMBER)
    high = MAX_NUMBER if field.max is None else min(field.max, MAX_NUMBER)
    return low, high


def out_of_bounds(field: Field) -> str:
    """The message for a number outside the field's own bounds."""
    if field.max is None:
        return f"is below the minimum {field.min:g}"
    if field.min is None:
        return f"is above the maximum {field.max:g}"
    return f"is not between {field.min:g} and {field.max:g}"
