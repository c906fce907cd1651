"""Texts as numbers: any script, any punctuation, the same bits whoever asks."""

from __future__ import annotations

from math import isnan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keepfit.features.encoding.text_scores import compile_scores, weights_of
from keepfit.features.encoding.tokens import pairs_of, parts_of, tokens_of
from keepfit.features.schema.fitted import TextScores

TEXTS = st.text(max_size=60) | st.sampled_from(
    ["Win £1000 NOW!!!", "ünïcode wörter", "ไม่มีช่องว่าง", "日本語の文", "a b a b"]
)


def scores_of(texts: list[str], width: int, seed: int) -> TextScores:
    """Every entry of the texts with a weight of its own, but words that have an x."""
    tokens = [tokens_of(text) for text in texts]
    words = sorted({token for line in tokens for token in line if "x" not in token})
    pairs = sorted({pair for line in tokens for pair in pairs_of(line)})
    parts = sorted({part for line in tokens for token in line for part in parts_of(token)})
    weights = np.random.default_rng(seed).normal(size=(len(words) + len(pairs) + len(parts), width))
    return TextScores(
        width=width, words=words, pairs=pairs, parts=parts, weights=weights.astype("<f4").tobytes()
    )


@given(texts=st.lists(TEXTS, min_size=1, max_size=5), asked=TEXTS, seed=st.integers(0, 99))
def test_a_score_is_the_sum_of_what_its_words_pairs_and_unknown_words_parts_weigh(
    texts: list[str], asked: str, seed: int
) -> None:
    scores = scores_of(texts, 2, seed)
    names = [
        *(("word", w) for w in scores.words),
        *(("pair", p) for p in scores.pairs),
        *(("part", p) for p in scores.parts),
    ]
    weight = dict(zip(names, weights_of(scores), strict=True))
    tokens, total = tokens_of(asked), np.zeros(2)
    for token in tokens:
        whole = weight.get(("word", token))
        total += (
            sum((weight.get(("part", part), 0) for part in parts_of(token)), np.zeros(2))
            if whole is None
            else whole
        )
    total += sum((weight.get(("pair", pair), 0) for pair in pairs_of(tokens)), np.zeros(2))
    *found, words = compile_scores(scores)(asked)
    np.testing.assert_allclose(found, total / np.sqrt(max(len(tokens), 1)), rtol=1e-12, atol=1e-12)
    assert words == len(tokens)


@given(texts=st.lists(TEXTS, min_size=1, max_size=5), asked=TEXTS, seed=st.integers(0, 99))
def test_one_score_and_several_are_computed_alike(texts: list[str], asked: str, seed: int) -> None:
    alone = scores_of(texts, 1, seed)
    twice = TextScores(
        width=2,
        words=alone.words,
        pairs=alone.pairs,
        parts=alone.parts,
        weights=np.repeat(weights_of(alone), 2, axis=1).astype("<f4").tobytes(),
    )
    score, words = compile_scores(alone)(asked)
    np.testing.assert_allclose(compile_scores(twice)(asked), (score, score, words), rtol=1e-12, atol=1e-12)


def test_a_missing_text_has_no_score_and_one_without_words_has_none_to_sum() -> None:
    scores = compile_scores(scores_of(["hello"], 1, 0))
    assert all(map(isnan, scores(None)))
    assert scores(" \n ") == (0.0, 0.0)


def test_case_does_not_matter_and_punctuation_does() -> None:
    scores = compile_scores(scores_of(["hello !!!"], 1, 0))
    assert scores("HELLO !!!") == scores("hello !!!") != scores("hello")
