"""Figures of classes: which are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.results import Matrix

MAX_NAMES = 20
_OTHERS = "other classes"


def confusion(labels: npt.NDArray[np.int64], decided: npt.NDArray[np.int64], names: Sequence[str]) -> Matrix:
    """How many rows of each class are taken for each; beyond 20 classes the rarer ones are one.

    >>> confusion(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 0]), ["a", "b"]).cells
    [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    """
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    shown = np.sort(np.argsort(-counts, kind="stable")[:MAX_NAMES])
    place = np.full(len(names) + 1, len(shown))  # the last place is of what is below 0 too
    place[shown] = np.arange(len(shown))
    size = len(shown) + 1
    cells = np.bincount(place[labels] * size + place[decided], minlength=size * size).reshape(size, size)
    listed = [*(names[number] for number in shown), _OTHERS]
    if not cells[-1].any() and not cells[:, -1].any():
        listed, cells = listed[:-1], cells[:-1, :-1]
    return Matrix(
        title="Confusion matrix", across="predicted", down="actual", names=listed, cells=cells.tolist()
    )
