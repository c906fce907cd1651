"""Background rows: what is usual of each column, of which no row is one of the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from keepfit.training.recipes.base import Matrix

ROWS: Final = 64


def usual_rows(rows: Matrix, widths: Sequence[int], random: np.random.Generator) -> Matrix:
    """(64, numbers) rows in which the columns are independent of each other, float32.

    A column of one number has its quantiles, a code or a missing number as often as there is one; one of several, such
    as a vector, the means of rows that are alike.

    Args:
        rows: (rows, numbers) encoded rows, at least one.
        widths: how many numbers each column has.
        random: shuffles each column.
    """
    parts = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    usual = [_quantiles(part) if part.shape[1] == 1 else _means(part) for part in parts]
    return np.hstack([part[random.permutation(ROWS)] for part in usual]).astype("<f4")


def _quantiles(part: Matrix) -> Matrix:
    """Numbers that occur, at equal distances in their order; missing ones come last."""
    places = ((np.arange(ROWS) + 0.5) / ROWS * len(part)).astype(np.intp)
    return np.sort(part, axis=0)[places]


def _means(part: Matrix) -> Matrix:
    """Means of rows that are neighbours in the direction in which they differ most."""
    filled = np.nan_to_num(part)
    middle = filled.mean(axis=0)
    direction = np.linalg.svd(filled - middle, full_matrices=False)[2][0]
    order = np.argsort((filled - middle) @ direction, kind="stable")
    groups = np.array_split(order, min(ROWS, max(1, len(part) // 8)))
    means = np.stack([filled[group].mean(axis=0) for group in groups])
    return means[np.arange(ROWS) % len(means)]
