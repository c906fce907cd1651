"""The forms of numbers: signs, decimals, thousands, exponents, currency and per cent signs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from keepfit.features.schema.blanks import stripped_sql
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.sql_literals import text as literal

# The currency signs of Unicode that are in use, by their blocks.
CURRENCY: Final = "$\u00a2-\u00a5\u0e3f\u20a0-\u20c0\uff04\uffe5"

_MINUS = "\u2212"
_SIGN = f"[+{_MINUS}-]"
_BLANK = "[ \u00a0\u202f]?"
_THOUSANDS = {" ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]", ",": ",", ".": r"\."}
_EXPONENT = "(?:[eE][+-]?[0-9]+)?"


class NumberForm:
    """A way to write numbers: with a decimal sign, and perhaps one between thousands.

    A currency sign may stand before or after a number, and a per cent sign after it, with a blank between or without;
    a sign stands before the digits or before the currency. Where thousands are parted, all are, by three digits or as
    in India, or none.
    """

    def __init__(self, decimal: str, thousands: str) -> None:
        point = re.escape(decimal)
        digits = f"(?:[0-9]+{point}?[0-9]*|{point}[0-9]+){_EXPONENT}"
        if thousands:
            gap = _THOUSANDS[thousands]
            groups = f"(?:[0-9]{{1,3}}(?:{gap}[0-9]{{3}})+|[0-9]{{1,2}}(?:{gap}[0-9]{{2}})+{gap}[0-9]{{3}})"
            digits = f"(?:{digits}|{groups}(?:{point}[0-9]*)?)"
        sign = f"({_SIGN}?)"
        self._pattern = (
            f"{sign}({digits})(?:{_BLANK}%)?|{sign}[{CURRENCY}]{_BLANK}({digits})|[{CURRENCY}]({_SIGN})({digits})|"
            f"{sign}({digits}){_BLANK}[{CURRENCY}]"
        )
        self._match = re.compile(self._pattern).fullmatch
        self._decimal, self._gap = decimal, _THOUSANDS[thousands] if thousands else ""
        self.is_usual = decimal == "." and not thousands

    def plain(self, text: str) -> tuple[str, bool] | None:
        """The digits of a number, and whether it is a percentage; None for no number.

        >>> NumberForm(",", ".").plain("-1.234,5 %")
        ('-1234.5', True)
        """
        match = self._match(text)
        if match is None:
            return None
        digits = "".join(part for part in match.groups() if part).replace(_MINUS, "-")
        if self._gap:
            digits = re.sub(self._gap, "", digits)
        return digits.replace(self._decimal, "."), text.endswith("%")

    def plain_sql(self, text: str) -> str:
        """The digits of ``plain`` as SQL; NULL for what is no number."""
        stripped = stripped_sql(text)
        digits = (
            f"replace(regexp_replace({stripped}, {self._whole}, '\\1\\2\\3\\4\\5\\6\\7\\8'), '{_MINUS}', '-')"
        )
        if self._gap:
            digits = f"regexp_replace({digits}, {literal(self._gap)}, '', 'g')"
        if self._decimal != ".":
            digits = f"replace({digits}, {literal(self._decimal)}, '.')"
        return f"CASE WHEN regexp_matches({stripped}, {self._whole}) THEN {digits} END"

    def is_number_sql(self, text: str) -> str:
        """Whether a text is a number, as SQL."""
        return f"regexp_matches({stripped_sql(text)}, {self._whole})"

    @property
    def _whole(self) -> str:
        return literal(f"^(?:{self._pattern})$")


def is_share_sql(text: str) -> str:
    """Whether a number is written as a share of a hundred, as SQL."""
    return f"suffix({stripped_sql(text)}, '%')"


def number_form(form: CellForm) -> NumberForm:
    """How the numbers of a field are written."""
    return _number_form(form.decimal or ".", form.thousands or "")


_number_form = lru_cache(NumberForm)
