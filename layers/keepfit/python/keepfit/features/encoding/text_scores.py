"""Text as numbers: what its words, pairs of words and parts of words say of the label.

The numbers are sums in the order of the text, by one function that training and serving call: both get the same bits.

Source: a linear model over words, pairs and parts of words as in Joulin et al., Bag of Tricks for Efficient Text
Classification (2017), and Bojanowski et al., Enriching Word Vectors with Subword Information (2017).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from math import nan, sqrt

import numpy as np
import numpy.typing as npt

from keepfit.features.encoding.tokens import pairs_of, parts_of, tokens_of
from keepfit.features.schema.fitted import TextScores

Score = Callable[[str | None], tuple[float, ...]]


def no_scores(width: int) -> TextScores:
    """The scores of texts of which nothing is known."""
    return TextScores(width=width, words=[], pairs=[], parts=[], weights=b"")


def weights_of(scores: TextScores) -> npt.NDArray[np.float64]:
    """(entries, width) the weights of words, pairs and parts, in this order."""
    return np.frombuffer(scores.weights, "<f4").astype(np.float64).reshape(-1, scores.width)


def compile_scores(scores: TextScores) -> Score:
    """Compiles a function of a text to its scores and number of tokens, NaN where missing.

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
    weights = iter(weights_of(scores)[:, 0].tolist())
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
    weights, positions = weights_of(scores), count()
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
