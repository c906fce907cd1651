"""Orange's lines of types and flags, which stand between a table's header and its rows."""

from __future__ import annotations

from collections.abc import Sequence

_TYPES = {"c", "d", "s", "t", "continuous", "discrete", "string", "text", "time"}
_FLAGS = {"", "c", "class", "m", "meta", "i", "ignore", "w", "weight"}


def are_types_and_flags(lines: Sequence[Sequence[str]], columns: int) -> bool:
    """Whether the cells of two lines below a header of so many ``columns`` are Orange's.

    A type is a word, nothing, or all values of the column, parted by blanks; at least half are words.

    >>> are_types_and_flags([["c", "no yes", "d"], ["", "", "class"]], 3)
    True
    >>> are_types_and_flags([["1", "no", "d"], ["", "", "class"]], 3)
    False
    """
    if [len(cells) for cells in lines] != [columns, columns]:
        return False
    types, flags = lines
    if not all(word in _FLAGS or "=" in word for flag in flags for word in flag.split(" ")):
        return False  # a flag may have attributes beside it, such as name=value
    words = [word for word in types if word in _TYPES]
    others = [word for word in types if word and word not in _TYPES]
    return 2 * len(words) >= columns and all(" " in values for values in others)
