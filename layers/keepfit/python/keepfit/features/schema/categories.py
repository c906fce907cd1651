"""Categories as text: equal values are equal texts, whichever program wrote them.

A column of whole numbers with one gap is written by some programs as 7.0, and without the gap as 7; others write blanks
around a text.
"""

from __future__ import annotations

import re

from keepfit.features.schema.blanks import padded_sql, stripped, stripped_sql

_ZERO_FRACTION = r"(-?[0-9]+)\.0+"
_full_match = re.compile(_ZERO_FRACTION).fullmatch


def category(text: str) -> str:
    """The text of a category, without blanks around it, nor a fraction of zeros.

    >>> [category(text) for text in ("7.0", "7", "007.00", "7.50", "1.0.0", " UA ")]
    ['7', '7', '007', '7.50', '1.0.0', 'UA']
    """
    text = stripped(text)
    whole = _full_match(text)
    return whole[1] if whole else text


def category_of(value: str | float) -> str:
    """The category of a JSON value; numbers and truths become what they are in a file.

    >>> [category_of(value) for value in ("UA", 7, 7.0, 7.5, True)]
    ['UA', '7', '7', '7.5', 'true']
    """
    if isinstance(value, str):
        return category(value)
    return str(value).lower() if isinstance(value, bool) else category(repr(value))


def category_sql(text: str) -> str:
    """``category`` as DuckDB SQL; most texts begin and end with what cannot be cut, and stay as they are."""
    whole = "regexp_replace({}, '^" + _ZERO_FRACTION + "$', '\\1')"
    return (
        f"CASE WHEN {padded_sql(text)} THEN {whole.format(stripped_sql(text))} "
        f"WHEN suffix({text}, '0') THEN {whole.format(text)} ELSE {text} END"
    )
