"""Text operations of SQL, with DuckDB's results: the case of letters, and LIKE.

DuckDB maps each code point to one other, wherever it stands; Python's own methods know of "SS" and of final sigmas. A
test holds ``lower`` and ``upper`` to DuckDB for every code point. Python 3.11, 3.12 and 3.13 agree on all; a later one
may know letters that DuckDB does not, which the test would tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_LIKE_TOKEN = re.compile(r"\\.|.", re.DOTALL)


def lower(text: str) -> str:
    """The text in small letters.

    >>> lower("ÉTÉ")
    'été'
    """
    return text.lower() if text.isascii() else "".join(map(_small, text))


def upper(text: str) -> str:
    """The text in capital letters.

    >>> upper("straße")
    'STRAẞE'
    """
    return text.upper() if text.isascii() else "".join(map(_capital, text))


@lru_cache(maxsize=4096)
def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else small[0]  # İ, the only one that Python gives two code points


@lru_cache(maxsize=4096)
def _capital(letter: str) -> str:
    if letter == "ß":
        return "ẞ"
    found = (changed for changed in (letter.upper(), letter.title()) if len(changed) == 1)
    return next(found, letter)


def like_pattern(pattern: str, escape: str = "") -> str:
    r"""A pattern of LIKE in which a backslash escapes what would match more than itself.

    Raises:
        ValueError: the pattern ends in its escape character.

    >>> like_pattern("100!%%", "!")
    '100\\%%'
    """
    made, letters = [], iter(pattern)
    for letter in letters:
        escaped = bool(escape) and letter == escape
        taken = next(letters, None) if escaped else letter
        if taken is None:
            raise ValueError("ends in its escape character")
        made.append(f"\\{taken}" if taken == "\\" or (escaped and taken in "%_") else taken)
    return "".join(made)


@lru_cache
def like(pattern: str) -> Callable[[str], bool]:
    """Whether a text matches, as a function; of patterns as ``like_pattern`` makes them.

    Its time grows with the text's length times the pattern's: the pieces between per cent signs have a fixed length,
    and each is taken where it is first found.
    """
    pieces, lengths = [""], [0]
    for one in _LIKE_TOKEN.findall(pattern):
        if one == "%":
            pieces.append("")
            lengths.append(0)
        else:
            pieces[-1] += "." if one == "_" else re.escape(one[-1])
            lengths[-1] += 1
    first, *others = (re.compile(piece, re.DOTALL) for piece in pieces)
    if not others:
        return lambda text: first.fullmatch(text) is not None
    return lambda text: _matches(text, first, others, lengths[-1])


def _matches(text: str, first: re.Pattern[str], others: list[re.Pattern[str]], last_length: int) -> bool:
    found = first.match(text)
    for piece in others[:-1]:
        found = found and piece.search(text, found.end())
    start = len(text) - last_length
    return found is not None and start >= found.end() and others[-1].match(text, start) is not None
