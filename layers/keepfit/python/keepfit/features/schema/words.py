"""Words in cells: the form that equal words have in common.

Each rule is there twice, in Python and as DuckDB SQL, and gives the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UnsetType

from keepfit.features.schema.categories import category, category_sql
from keepfit.features.sql_literals import text as literal


def lowered(text: str) -> str:
    r"""A text in small letters, one for each letter of it, as DuckDB has them.

    >>> lowered("JA"), lowered("\u03a3") == "\u03c3", lowered("\u0130")
    ('ja', True, 'i')
    """
    return text.lower() if text.isascii() else "".join(map(_small, text))


def word(text: str) -> str:
    """The form that equal words have in common.

    >>> word(" YES "), word("1.00")
    ('yes', '1')
    """
    return category(lowered(text))


def word_sql(text: str) -> str:
    """``word`` as SQL."""
    return category_sql(f"lower({text})")


def words(declared: str | Iterable[str] | UnsetType | None) -> tuple[str, ...]:
    """What is declared as one text or several."""
    if isinstance(declared, UnsetType) or declared is None:
        return ()
    return (declared,) if isinstance(declared, str) else tuple(declared)


def listed_sql(texts: Iterable[str]) -> str:
    """Texts as what stands behind IN."""
    return f"({', '.join(literal(text) for text in dict.fromkeys(texts))})"


def _small(letter: str) -> str:
    return letter.lower()[0]
