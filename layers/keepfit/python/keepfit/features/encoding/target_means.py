"""Categories as means of the label, drawn to the mean of all where rows are few.

Source: Micci-Barreca, A Preprocessing Scheme for High-Cardinality Categorical Attributes (2001).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from keepfit.features.schema.categories import category
from keepfit.features.schema.fitted import TargetMeans

SMOOTHING = 20.0
"""How many rows of the overall mean each category is given beside its own."""


def fit_target_means(values: list[str | None], targets: npt.NDArray[np.float64]) -> TargetMeans:
    """Fits the means of (rows, width) ``targets`` by category; missing is the empty text.

    >>> fit_target_means(["a"] * 20, np.ones((20, 1))).means
    {'a': [1.0]}
    """
    names, codes = np.unique([value or "" for value in values], return_inverse=True)
    prior = targets.mean(axis=0)
    rows = np.bincount(codes, minlength=len(names))
    sums = np.column_stack([np.bincount(codes, column, minlength=len(names)) for column in targets.T])
    means = (sums + SMOOTHING * prior) / (rows + SMOOTHING)[:, None]
    return TargetMeans(
        width=targets.shape[1],
        means=dict(zip(names.tolist(), means.tolist(), strict=True)),
        prior=prior.tolist(),
    )


class _Means(dict[str | None, tuple[float, ...]]):
    """The means of each category; other values are converted by ``category`` and looked up again."""

    prior: tuple[float, ...]

    def __missing__(self, value: str | None) -> tuple[float, ...]:
        return self.get(category(value or ""), self.prior)


def compile_means(means: TargetMeans) -> Callable[[str | None], tuple[float, ...]]:
    """A function of a category to its ``width`` means; unseen ones get the prior."""
    known = _Means({name: tuple(row) for name, row in means.means.items()})
    known.prior = tuple(means.prior)
    return known.__getitem__
