"""The tokens of a text, pairs of them, and the parts of one."""

from __future__ import annotations

import re
from itertools import pairwise

# Runs of letters and digits of any script, and runs of punctuation.
_tokens = re.compile(r"\w+|[^\w\s]+").findall
_PART_LENGTHS = (2, 3, 4)


def tokens_of(text: str) -> list[str]:
    """Words and runs of punctuation, in lower case.

    >>> tokens_of("Call NOW!!! 2 für 1")
    ['call', 'now', '!!!', '2', 'für', '1']
    """
    return _tokens(text.lower())


def parts_of(token: str) -> list[str]:
    """The stretches of 2 to 4 characters of a token between its marked ends.

    >>> parts_of("an")
    ['<a', 'an', 'n>', '<an', 'an>', '<an>']
    """
    marked = f"<{token}>"
    size = len(marked)
    return [marked[start : start + length] for length in _PART_LENGTHS for start in range(size - length + 1)]


def pairs_of(tokens: list[str]) -> list[str]:
    """Neighbouring tokens, a space between.

    >>> pairs_of(["call", "now", "!"])
    ['call now', 'now !']
    """
    return [f"{first} {second}" for first, second in pairwise(tokens)]
