"""Categories as text: one value is one text, whichever program wrote it.

A column of whole numbers with one gap is written by some programs as 7.0, and without the gap as 7.
"""

from __future__ import annotations

import re

_ZERO_FRACTION = r"(-?[0-9]+)\.0+"
_full_match = re.compile(_ZERO_FRACTION).fullmatch


def category(text: str) -> str:
    """The text of a category; a whole number loses a fraction of zeros.

    >>> [category(text) for text in ("7.0", "7", "007.00", "7.50", "1.0.0")]
    ['7', '7', '007', '7.50', '1.0.0']
    """
    found = _full_match(text)
    return found[1] if found else text


def category_of(value: str | float) -> str:
    """The category that a JSON value is; numbers and truths are what they would be in a file.

    >>> [category_of(value) for value in ("UA", 7, 7.0, 7.5, True)]
    ['UA', '7', '7', '7.5', 'true']
    """
    if isinstance(value, str):
        return category(value)
    return str(value).lower() if isinstance(value, bool) else category(repr(value))


def category_sql(text: str) -> str:
    """``category`` as DuckDB SQL; most texts do not end with a zero, and are not looked at twice."""
    return f"CASE WHEN suffix({text}, '0') THEN regexp_replace({text}, '^{_ZERO_FRACTION}$', '\\1') ELSE {text} END"
