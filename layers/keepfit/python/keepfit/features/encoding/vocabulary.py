"""The vocabulary of a category column, fitted to the training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Rank = Callable[[npt.NDArray[np.int64], int], npt.NDArray[np.float64]]

RARE_BELOW = 20


def fit_vocabulary(values: Sequence[str | None], rank: Rank) -> list[str]:
    """The categories of a training column in the order that ``rank`` gives them; ties by name.

    Args:
        values: (rows,) the column; None where missing.
        rank: (rows,) codes of the categories, below 0 for none, and how many there are, to (categories,) what each
            says of the label.

    Returns:
        Categories seen in at least ``RARE_BELOW`` rows; rarer ones are scored as "other".

    >>> labels = np.array([False] * 20 + [True] * 20 + [True])
    >>> rank = lambda codes, _: np.array([labels[codes == 0].mean(), labels[codes == 1].mean()])
    >>> fit_vocabulary(["b"] * 20 + ["a"] * 20 + ["c"], rank)
    ['b', 'a']
    """
    seen = Counter(values)
    del seen[None]
    known = sorted(value for value, rows in seen.items() if value is not None and rows >= RARE_BELOW)
    code_of: dict[str | None, int] = {value: code for code, value in enumerate(known)}
    codes = np.fromiter((code_of.get(value, -1) for value in values), np.int64, len(values))
    ranks = rank(codes, len(known)) if known else np.empty(0)
    return [known[code] for code in np.argsort(ranks, kind="stable")]
