"""Fractional numbers: stored as float64, read by models as float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import present
from keepfit.features.schema.types.number import (
    MAX_NUMBER,
    NOT_A_NUMBER,
    NOT_FINITE,
    NumberType,
    number_range,
)


class Float(NumberType):
    """See ``base.ValueType``."""

    storage = "DOUBLE"

    def plainly_good(self, field: Field, values: Sequence[Any], kinds: set[type]) -> bool:
        low, high = number_range(field)
        return kinds <= {float, int} and all(low <= value <= high for value in present(values))

    def request_type(self, field: Field) -> Any:
        low, high = number_range(field)
        return Annotated[float, Meta(ge=low, le=high)]

    def value_sql(self, text: str) -> str:
        return f"nullif(TRY_CAST({text} AS DOUBLE), CAST('nan' AS DOUBLE))"

    def _form_sql(self, text: str, value: str) -> list[tuple[str, str]]:
        largest = f"CAST({MAX_NUMBER!r} AS DOUBLE)"
        return [
            (f"{value} IS NULL OR contains({text}, '_')", NOT_A_NUMBER),
            (f"NOT abs({value}) <= {largest}", NOT_FINITE),
        ]


TYPE = Float()
