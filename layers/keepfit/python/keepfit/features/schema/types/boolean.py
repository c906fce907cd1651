"""Booleans: true, t, yes, y or 1 in a file, and their opposites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import ValueType
from keepfit.features.schema.types.number import missing_number_sql

NOT_A_BOOL = "is not true or false"

_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1', '1.0')", "('false', 'f', 'no', 'n', '0', '0.0')"


class Boolean(ValueType):
    """See ``base.ValueType``."""

    storage = "BOOLEAN"
    expression = "bool"
    encoding = "number"
    profile = "truths"

    def flaw(self, field: Field, value: Any) -> str | None:
        return None if type(value) is bool else NOT_A_BOOL

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        return kinds <= {bool}

    def request_type(self, field: Field) -> Any:
        return bool

    def value_sql(self, text: str) -> str:
        word = f"lower(trim({text}))"
        return f"CASE WHEN {word} IN {_TRUE} THEN true WHEN {word} IN {_FALSE} THEN false END"

    def flaws_sql(self, field: Field, text: str, value: str) -> list[tuple[str, str]]:
        return [(f"{value} IS NULL", NOT_A_BOOL)]

    def missing_sql(self, text: str, value: str) -> str:
        return missing_number_sql(text, value)


TYPE = Boolean()
