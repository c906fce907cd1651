"""SHAP values of any model, drawn: columns become known in random orders, each with its reverse.

Source: Štrumbelj & Kononenko, Explaining prediction models and individual predictions (2014); reversed orders: Mitchell
et al., Sampling Permutations for Shapley Value Estimation (2022).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keepfit.training.explanation.contributions import Numbers
from keepfit.training.recipes.base import Matrix

_ORDERS = 16


def sampled_shap(
    score: Callable[[Matrix], Numbers], features: Matrix, background: Matrix, *, seed: int
) -> tuple[Numbers, Numbers, float]:
    """(scores,) base, (rows, columns, scores) values, and the standard error of a value.

    The error is the mean over rows and scores, of the column for which it is largest.
    They add up exactly: an order's steps lead from a background row to the row itself, and what the mean of those
    background rows is off the base is shared by all columns alike.

    Args:
        score: (rows, columns) to (rows, scores).
        features: the rows to be explained.
        background: rows whose values stand for what is not known.
        seed: of the orders.
    """
    random = np.random.default_rng(seed)
    rows, columns = features.shape
    base = score(background).mean(axis=0)
    drawn = []
    for _ in range(_ORDERS // 2):
        order = random.permutation(columns)
        start = background[random.integers(0, len(background), rows)]
        pair = [_steps(score, features, start, each) for each in (order, order[::-1])]
        values = np.mean(pair, axis=0)
        missing = score(start) - base
        drawn.append(values + missing[:, None, :] / columns)
    values = np.mean(drawn, axis=0)
    error = np.std(drawn, axis=0, ddof=1) / np.sqrt(len(drawn))
    return base, values, float(error.mean(axis=(0, 2)).max())


def _steps(score: Callable[[Matrix], Numbers], features: Matrix, start: Matrix, order: np.ndarray) -> Numbers:
    """(rows, columns, scores) what each column adds where it becomes known in this order."""
    present, blocks = start.copy(), [start.copy()]
    for column in order:
        present[:, column] = features[:, column]
        blocks.append(present.copy())
    scores = score(np.concatenate(blocks)).reshape(len(blocks), len(features), -1)
    steps = np.empty((len(order), *scores.shape[1:]))
    steps[order] = np.diff(scores, axis=0)
    return steps.swapaxes(0, 1)
