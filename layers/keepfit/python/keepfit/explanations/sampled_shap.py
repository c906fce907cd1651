"""SHAP values of any model, drawn: columns become known in random orders, each with its reverse.

Source: Štrumbelj & Kononenko, Explaining prediction models and individual predictions (2014); reversed orders: Mitchell
et al., Sampling Permutations for Shapley Value Estimation (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]

ORDERS: Final = 16


class DrawnOrders(msgspec.Struct, frozen=True, kw_only=True, tag_field="way", tag="drawn"):
    """Orders that are drawn by ``seed``."""

    seed: int

    def values(
        self,
        score: Callable[[Rows], Numbers],
        rows: Rows,
        background: Rows,
        columns: Sequence[npt.NDArray[np.intp]],
    ) -> tuple[Numbers, Numbers, float]:
        """(scores,) base, (rows, columns, scores) values, and the standard error of a value.

        The error is the mean over rows and scores, of the column for which it is largest.
        They add up exactly: an order's steps lead from a background row to the row itself, and what the mean of those
        background rows is off the base is shared by all columns alike.

        Args:
            score: (rows, numbers) to (rows, scores).
            rows: to be explained.
            background: rows whose values stand for what is not known.
            columns: the numbers of each column, which become known together.
        """
        random = np.random.default_rng(self.seed)
        base = score(background).mean(axis=0)
        drawn = []
        for _ in range(ORDERS // 2):
            order = random.permutation(len(columns))
            start = background[random.integers(0, len(background), len(rows))]
            pair = [_steps(score, rows, start, columns, each) for each in (order, order[::-1])]
            missing = score(start) - base
            drawn.append(np.mean(pair, axis=0) + missing[:, None, :] / len(columns))
        error = np.std(drawn, axis=0, ddof=1) / np.sqrt(len(drawn))
        return base, np.mean(drawn, axis=0), float(error.mean(axis=(0, 2)).max())


def _steps(
    score: Callable[[Rows], Numbers],
    rows: Rows,
    start: Rows,
    columns: Sequence[npt.NDArray[np.intp]],
    order: npt.NDArray[Any],
) -> Numbers:
    """(rows, columns, scores) what each column adds where it becomes known in this order."""
    present, blocks = start.copy(), [start.copy()]
    for column in order:
        present[:, columns[column]] = rows[:, columns[column]]
        blocks.append(present.copy())
    scores = score(np.concatenate(blocks)).reshape(len(blocks), len(rows), -1)
    steps = np.empty((len(order), *scores.shape[1:]))
    steps[order] = np.diff(scores, axis=0)
    return steps.swapaxes(0, 1)
