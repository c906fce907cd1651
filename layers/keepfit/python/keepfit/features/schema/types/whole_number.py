"""Whole numbers of 64 bits, also written with a fraction of zeros or a power of ten."""

from __future__ import annotations

import re
from math import ceil, floor
from typing import Annotated, Any

from msgspec import Meta

from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.types.base import BadCell, ReadCell, ReadText
from keepfit.features.schema.types.number import NOT_A_NUMBER, WHOLE_KINDS, NumberType, number_range, within
from keepfit.features.schema.types.number_form import is_share_sql, number_form

MAX_INT = 2**63 - 1

NOT_AN_INT = "is not a whole number"
INT_TOO_LARGE = "does not fit a 64-bit integer"

_MAX_DIGITS = 19
_USUAL = r"\s*[+-]?[0-9]+(\.0*)?\s*"
# The digits, those after the point without zeros at the end, and the power of ten.
_POWER = r"([+-]?[0-9]+)(?:\.([0-9]*?)0*)?(?:[eE]\+?0*([0-9]+))?"
_match_power = re.compile(_POWER).fullmatch
_PLACES = "coalesce(TRY_CAST(n.power AS INTEGER), 0)"


class WholeNumber(NumberType):
    """See ``base.ValueType``."""

    storage = "BIGINT"

    def text_reader(self, form: CellForm) -> ReadText:
        plain, check = number_form(form).plain, within(form)

        def read(text: str) -> int:
            number = plain(text)
            if number is None:
                raise BadCell(NOT_A_NUMBER)
            value = _whole(number[0]) if not number[1] else None
            if value is None:
                raise BadCell(NOT_AN_INT)
            if not -MAX_INT <= value <= MAX_INT:
                raise BadCell(INT_TOO_LARGE)
            check(value)
            return value

        return read

    def value_reader(self, form: CellForm) -> ReadCell:
        check = within(form)

        def read(value: Any) -> Any:
            if type(value) not in (float, int):
                raise BadCell(NOT_A_NUMBER)
            if type(value) is float and not value.is_integer():
                raise BadCell(NOT_AN_INT)
            if not -MAX_INT <= value <= MAX_INT:
                raise BadCell(INT_TOO_LARGE)
            check(value)
            return value

        return read

    def request_type(self, form: CellForm) -> Any:
        low, high = number_range(form)
        return Annotated[int, Meta(ge=ceil(max(low, -MAX_INT)), le=floor(min(high, MAX_INT)))]

    def parsed_sql(self, form: CellForm, text: str) -> str:
        digits = f"n.whole || rpad(n.fraction, least({_PLACES}, 2 * {_MAX_DIGITS}), '0')"
        is_whole = f"length(n.fraction) <= {_PLACES} AND length(n.power) <= 2"
        number = _of_parts_sql(form, text, f"CASE WHEN {is_whole} THEN TRY_CAST({digits} AS BIGINT) END")
        other = f"CASE WHEN NOT {is_share_sql(text)} THEN {number} END"
        usual = f"CASE WHEN regexp_full_match({text}, '{_USUAL}') THEN TRY_CAST({text} AS BIGINT) END"
        return f"coalesce({usual}, {other})" if number_form(form).is_usual else other

    def native_sql(self, form: CellForm, column: str, kind: str) -> str | None:
        return f"CAST({column} AS BIGINT)" if kind in WHOLE_KINDS else None

    def value_sql(self, form: CellForm, parsed: str) -> str:
        return f"CASE WHEN {parsed} <> {-MAX_INT - 1} THEN {super().value_sql(form, parsed)} END"

    def _form_sql(self, form: CellForm, text: str, value: str) -> list[tuple[str, str]]:
        small = f"length(n.power) <= 2 AND length(n.fraction) > {_PLACES}"
        number = _of_parts_sql(form, text, f"n.whole <> '' AND NOT ({small})")
        whole = f"{number} AND NOT {is_share_sql(text)}"
        return [
            (f"{value} IS NULL AND NOT {number_form(form).is_number_sql(text)}", NOT_A_NUMBER),
            (f"{value} IS NULL AND NOT ({whole})", NOT_AN_INT),
            (f"{value} IS NULL", INT_TOO_LARGE),
        ]


def _of_parts_sql(form: CellForm, text: str, expression: str) -> str:
    """``expression`` of the parts of a number, n.whole, n.fraction and n.power, as SQL.

    They are computed once, and empty for what is no number.
    """
    parts = (
        f"regexp_extract({number_form(form).plain_sql(text)}, '^{_POWER}$', ['whole', 'fraction', 'power'])"
    )
    return f"list_transform([{parts}], lambda n: {expression})[1]"


def _whole(number: str) -> int | None:
    """A whole number of those that fit and some more; None for one with a fraction."""
    match = _match_power(number)
    if match is None:
        return None
    digits, fraction, power = match[1], match[2] or "", (match[3] or "0")
    if len(power) > 2:  # whatever the digits
        return MAX_INT + 1
    places = int(power)
    if len(fraction) > places:
        return None
    digits += fraction.ljust(places, "0")
    return int(digits) if len(digits.lstrip("+-").lstrip("0")) <= _MAX_DIGITS else MAX_INT + 1


TYPE = WholeNumber()
