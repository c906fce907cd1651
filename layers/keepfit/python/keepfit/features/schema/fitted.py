"""The fitted parts of a column, as a signature keeps them: scores of texts, means of categories."""

from __future__ import annotations

import msgspec


class TextScores(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that sum up to the scores of a text.

    Args:
        width: how many scores a text has.
        words: whole tokens, their weights with those of their parts added.
        pairs: two neighbouring tokens with a space between.
        parts: stretches of tokens, for tokens that are not among ``words``.
        weights: (words, pairs and parts, width) little-endian float32, in this order.
    """

    width: int
    words: list[str]
    pairs: list[str]
    parts: list[str]
    weights: bytes


class TargetMeans(msgspec.Struct, frozen=True, kw_only=True):
    """Smoothed means of the label for each known category, and ``prior`` for all others."""

    width: int
    means: dict[str, list[float]]
    prior: list[float]
