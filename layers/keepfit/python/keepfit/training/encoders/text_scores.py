"""Fits the scores of a text column with linear models over counted words, pairs and parts of words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

from keepfit.features.encoding.tokens import pairs_of, parts_of, tokens_of
from keepfit.features.schema.fitted import TextScores

Floats = npt.NDArray[np.float64]

MAX_FITTED_ROWS = 200_000
MAX_ENTRIES = 60_000
MAX_LOGISTIC_TARGETS = 10
_RARE_BELOW, _LARGE, _RARE_IN_LARGE = 2, 50_000, 5
_PART = "\t"  # no token and no pair begins with it
_C, _ALPHA = 10.0, 1.0
_MIN_NORM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Weighted counts of texts, (rows, entries), with the weight of each entry."""

    matrix: sparse.csr_matrix
    entries: list[str]
    weighed: Floats


def count(texts: list[str]) -> Counted | None:
    """Counts the entries of texts, but those of too few; a rare entry counts more than a common one.

    None where no entry is in enough texts.
    """
    rare_below = _RARE_IN_LARGE if len(texts) > _LARGE else _RARE_BELOW
    counter = CountVectorizer(
        analyzer=_entries_of, min_df=rare_below, max_features=MAX_ENTRIES, dtype=np.float64
    )
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # an empty vocabulary, or one of which nothing is left
        return None
    seen_in = np.asarray((counts > 0).sum(axis=0)).ravel()
    weighed = np.log((1 + len(texts)) / (1 + seen_in)) + 1
    lengths = np.array([len(tokens_of(text)) or 1 for text in texts])
    matrix = sparse.diags(1 / np.sqrt(lengths)) @ counts @ sparse.diags(weighed)
    scale = float(np.sqrt(matrix.multiply(matrix).sum() / len(texts))) or 1.0
    return Counted(
        matrix=sparse.csr_matrix(matrix / scale),
        entries=list(counter.get_feature_names_out()),
        weighed=weighed / scale,
    )


def fit_weights(rows: sparse.csr_matrix, targets: Floats, *, classes: bool, seed: int) -> Floats:
    """(entries, width) weights of linear models from rows to each column of (rows, width) ``targets``.

    Targets of a few classes are learned as log-odds; of many, and values, by least squares.
    """
    if classes and targets.shape[1] <= MAX_LOGISTIC_TARGETS:
        return np.column_stack([_log_odds(rows, column > 0, seed) for column in targets.T])
    spread = targets.std(axis=0)
    spread[spread == 0] = 1.0
    model = Ridge(alpha=_ALPHA, solver="sparse_cg", random_state=seed)
    model.fit(rows, (targets - targets.mean(axis=0)) / spread)
    return np.asarray(np.atleast_2d(model.coef_).T * spread, dtype=np.float64)


def text_scores(counted: Counted, weights: Floats) -> TextScores:
    """The scores that ``weights`` give, of which each whole token has its parts' weights added."""
    by_entry = dict(zip(counted.entries, weights * counted.weighed[:, None], strict=True))
    parts = {entry[1:]: row for entry, row in by_entry.items() if entry.startswith(_PART)}
    whole = {entry: row for entry, row in by_entry.items() if not entry.startswith(_PART)}
    pairs = {entry: row for entry, row in whole.items() if " " in entry}
    words = {
        entry: sum((parts[part] for part in parts_of(entry) if part in parts), row)
        for entry, row in whole.items()
        if " " not in entry
    }
    pairs, parts = _worthy(pairs), _worthy(parts)
    table = [*words.values(), *pairs.values(), *parts.values()]
    return TextScores(
        width=weights.shape[1],
        words=list(words),
        pairs=list(pairs),
        parts=list(parts),
        weights=np.array(table, "<f4").tobytes(),
    )


def _entries_of(text: str) -> Iterable[str]:
    tokens = tokens_of(text)
    parts = [f"{_PART}{part}" for token in tokens for part in parts_of(token)]
    return [*tokens, *pairs_of(tokens), *parts]


def _log_odds(rows: sparse.csr_matrix, holds: npt.NDArray[np.bool_], seed: int) -> Floats:
    if holds.all() or not holds.any():
        return np.zeros(rows.shape[1])
    model = LogisticRegression(C=_C, solver="liblinear", random_state=seed, max_iter=200)
    return np.asarray(model.fit(rows, holds).coef_[0], dtype=np.float64)


def _worthy(table: dict[str, Floats]) -> dict[str, Floats]:
    return {entry: row for entry, row in table.items() if np.abs(row).max() >= _MIN_NORM}
