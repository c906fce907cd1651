"""Whole numbers of 64 bits, also written with a fraction of zeros."""

from __future__ import annotations

from math import ceil, floor
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.number import NOT_A_NUMBER, NumberType, number_range

MAX_INT = 2**63 - 1

NOT_AN_INT = "is not a whole number"
INT_TOO_LARGE = "does not fit a 64-bit integer"

_WHOLE = r"\s*[+-]?[0-9]+(\.0*)?\s*"


class WholeNumber(NumberType):
    """See ``base.ValueType``."""

    storage = "BIGINT"

    def flaw(self, field: Field, value: Any) -> str | None:
        if type(value) not in (float, int):
            return NOT_A_NUMBER
        if type(value) is float and not value.is_integer():
            return NOT_AN_INT
        if not -MAX_INT <= value <= MAX_INT:
            return INT_TOO_LARGE
        return super().flaw(field, value)

    def request_type(self, field: Field) -> Any:
        low, high = number_range(field)
        return Annotated[int, Meta(ge=ceil(max(low, -MAX_INT)), le=floor(min(high, MAX_INT)))]

    def value_sql(self, text: str) -> str:
        return f"TRY_CAST({text} AS BIGINT)"

    def _form_sql(self, text: str, value: str) -> list[tuple[str, str]]:
        return [
            (f"TRY_CAST({text} AS DOUBLE) IS NULL OR contains({text}, '_')", NOT_A_NUMBER),
            (f"NOT regexp_full_match({text}, '{_WHOLE}')", NOT_AN_INT),
            (f"{value} IS NULL OR {value} = -9223372036854775808", INT_TOO_LARGE),
        ]


TYPE = WholeNumber()
