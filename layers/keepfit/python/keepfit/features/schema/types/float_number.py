"""Fractional numbers: stored as float64, read by models as float32."""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.blanks import stripped_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, ReadCell, ReadText
from keepfit.features.schema.types.number import (
    MAX_NUMBER,
    NOT_A_NUMBER,
    NOT_FINITE,
    WHOLE_KINDS,
    NumberType,
    number_range,
    within,
)
from keepfit.features.schema.types.number_form import is_share_sql, number_form

_INFINITE = "[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?"
_is_infinite = re.compile(_INFINITE).fullmatch


class Float(NumberType):
    """See ``base.ValueType``."""

    storage = "DOUBLE"

    def text_reader(self, form: CellForm) -> ReadText:
        plain, check = number_form(form).plain, within(form)

        def read(text: str) -> float:
            number = plain(text)
            if number is None:
                raise BadCell(NOT_FINITE if _is_infinite(text) else NOT_A_NUMBER)
            value = float(number[0]) / 100 if number[1] else float(number[0])
            check(value)
            return value

        return read

    def _value(self, form: CellForm, text: str) -> float | None:
        plain = number_form(form).plain(text)
        return None if plain is None else float(plain[0]) / (100 if plain[1] else 1)

    def value_reader(self, form: CellForm) -> ReadCell:
        check = within(form)

        def read(value: Any) -> float:
            if type(value) not in (float, int):
                raise BadCell(NOT_A_NUMBER)
            check(value)
            return float(value)

        return read

    def request_type(self, form: CellForm) -> Any:
        low, high = number_range(form)
        return Annotated[float, Meta(ge=low, le=high)]

    def parsed_sql(self, form: CellForm, text: str) -> str:
        number = f"TRY_CAST({number_form(form).plain_sql(text)} AS DOUBLE)"
        other = f"CASE WHEN {is_share_sql(text)} THEN {number} / 100 ELSE {number} END"
        # Nearly all numbers are what DuckDB takes for one, but for 1_000.
        usual = f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS DOUBLE) END"
        return f"coalesce({usual}, {other})" if number_form(form).is_usual else other

    def native_sql(self, form: CellForm, column: str, kind: str) -> str | None:
        # A FLOAT is what its shortest text says, which is another DOUBLE than its own.
        return f"CAST({column} AS DOUBLE)" if kind == "DOUBLE" or kind in WHOLE_KINDS else None

    def value_sql(self, form: CellForm, parsed: str) -> str:
        return f"CASE WHEN NOT isnan({parsed}) THEN {super().value_sql(form, parsed)} END"

    def _form_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        infinite = f"regexp_full_match({stripped_sql(text)}, '{_INFINITE}')"
        return [
            (f"{value} IS NULL AND NOT {infinite}", NOT_A_NUMBER),
            (f"{value} IS NULL OR NOT abs({value}) <= CAST({MAX_NUMBER!r} AS DOUBLE)", NOT_FINITE),
        ]


TYPE = Float()
