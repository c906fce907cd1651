"""A paired, stratified bootstrap: the uncertainty of a metric on a holdout.

Models are compared on the same resamples of the same rows (paired), which removes what they have in common: easy rows
are easy for all. Resamples keep the number of rows of each stratum, such as of true and of false labels.

Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures, Weighted, Weights

RESAMPLES = 200
# Rows times resamples that are held at once: 16 MB for each of a handful of arrays.
_BLOCK = 2_000_000


def bootstrap(
    prepared: Mapping[str, Weighted],
    *,
    strata: npt.NDArray[np.int64],
    seed: int,
    resamples: int = RESAMPLES,
) -> dict[str, Figures]:
    """(resamples,) values of each metric; the same position is the same resample for all of them.

    Args:
        prepared: metrics of outputs for the same rows, by name.
        strata: (rows,) numbers of groups, of which each resample holds as many rows as there are.
        seed: of the resampling.
        resamples: how many.
    """
    blocks: dict[str, list[Figures]] = {name: [] for name in prepared}
    for weights in _resample(strata, np.random.default_rng(seed), resamples):
        for name, measure in prepared.items():
            blocks[name].append(measure.values(weights))
    return {name: np.concatenate(values) for name, values in blocks.items()}


def interval(values: Figures) -> tuple[float, float]:
    """The interval of the middle 95 % of resampled values."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _resample(
    strata: npt.NDArray[np.int64], random: np.random.Generator, resamples: int
) -> Iterator[Weights]:
    """Blocks of (some resamples, rows) weights."""
    rows = len(strata)
    groups = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    at_once = max(1, _BLOCK // rows)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn = np.concatenate(
            [group[random.integers(0, len(group), size=(count, len(group)))] for group in groups], axis=1
        )
        drawn += np.arange(count)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(np.int32)
