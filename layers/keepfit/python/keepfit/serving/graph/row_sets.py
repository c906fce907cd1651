"""Sets of rows of one request: their places, ascending; None for all of them, which costs no copy."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp] | None

NO_ROWS: Final[npt.NDArray[np.intp]] = np.zeros(0, np.intp)


def together(one: Rows, other: Rows) -> Rows:
    """The rows of both."""
    if one is None or other is None:
        return None
    return np.union1d(one, other) if len(one) else other


def without(rows: Rows, known: Rows, count: int) -> Rows:
    """Those of ``rows`` that are not ``known``, of ``count`` rows of a request."""
    if known is None:
        return NO_ROWS
    if not len(known):
        return rows
    return np.setdiff1d(np.arange(count) if rows is None else rows, known, assume_unique=True)
