"""Text as numbers: what its words, pairs of words and parts of words say of the label.

The numbers are sums in the order of the text, by one function that training and serving call: both get the same bits.

Source: a linear model over words, pairs and parts of words as in Joulin et al., Bag of Tricks for Efficient Text
Classification (2017), and Bojanowski et al., Enriching Word Vectors with Subword Information (2017).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count, pairwise
from math import nan, sqrt

from keepfit.features.schema.fitted import TextScores

# Runs of letters and digits of any script, and runs of punctuation.
_tokens = re.compile(r"\w+|[^\w\s]+").findall
_PART_LENGTHS = (2, 3, 4)

Score = Callable[[str | None], tuple[float, ...]]


def no_scores(width: int) -> TextScores:
    """The scores of texts of which nothing is known."""
    return TextScores(width=width, words=[], pairs=[], parts=[], weights=b"")


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


def compile_scores(scores: TextScores) -> Score:
    """A function of a text to its ``width`` scores and its number of tokens; all NaN where the text is missing.

    A score is the sum of the text's weights over the square root of its number of tokens: a long text does not weigh
    by its length alone.

    >>> import numpy as np
    >>> weights = np.array([1.5, 0.5, 0.25], "<f4").tobytes()
    >>> scores = TextScores(width=1, words=["free"], pairs=["free !"], parts=["<!"], weights=weights)
    >>> compile_scores(scores)("Free !")
    (1.590990257669732, 2.0)
    """
    return _single(scores) if scores.width == 1 else _several(scores)


def _single(scores: TextScores) -> Score:
    """One score: plain floats are several times faster than arrays of one."""
    weights = iter(scores.table[:, 0].tolist())
    # The weights come in the order of the names: each dict takes as many as it has.
    word, pair, part = (
        dict(zip(names, weights)).get  # noqa: B905
        for names in (scores.words, scores.pairs, scores.parts)
    )
    missing = (nan, nan)

    def score(text: str | None) -> tuple[float, ...]:
        if text is None:
            return missing
        tokens = tokens_of(text)
        if not tokens:
            return 0.0, 0.0
        total = 0.0
        for token in tokens:
            weight = word(token)
            if weight is None:
                for stretch in parts_of(token):
                    total += part(stretch, 0.0)
            else:
                total += weight
        for both in pairs_of(tokens):
            total += pair(both, 0.0)
        return total / sqrt(len(tokens)), float(len(tokens))

    return score


def _several(scores: TextScores) -> Score:
    """Scores as sums of rows, which numpy adds one after the other."""
    weights, positions = scores.table, count()
    words, pairs, parts = (
        dict(zip(names, positions))  # noqa: B905  see above
        for names in (scores.words, scores.pairs, scores.parts)
    )
    missing = (nan,) * (scores.width + 1)

    def score(text: str | None) -> tuple[float, ...]:
        if text is None:
            return missing
        tokens = tokens_of(text)
        found = []
        for token in tokens:
            if token in words:
                found.append(words[token])
            else:
                found += [parts[stretch] for stretch in parts_of(token) if stretch in parts]
        found += [pairs[both] for both in pairs_of(tokens) if both in pairs]
        total = weights[found].sum(axis=0)
        return *(total / sqrt(len(tokens) or 1)).tolist(), float(len(tokens))

    return score
