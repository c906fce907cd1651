"""How well scores rank: the area under the ROC curve, and how sure the holdout makes us of it.

Two models are compared on the same resamples of the same rows (a paired bootstrap), which removes what both have in
common: easy rows are easy for both. Resamples keep the number of true and false labels (stratified).

Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993); the area as a rank sum: Hanley & McNeil (1982).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow

Labels = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]

RESAMPLES = 200
# Rows times resamples that are held at once: 16 MB for each of a handful of arrays.
_BLOCK = 2_000_000


class Ranking:
    """The order that some scores put the holdout in, ready to be weighed again and again.

    Args:
        labels: (rows,) the answers; both must occur.
        scores: (rows,) finite; higher means rather true. Equal scores share their rank.

    Raises:
        EmptyWindow: no true or no false label, so nothing can be ranked.
    """

    def __init__(self, labels: Labels, scores: Scores) -> None:
        if labels.all() or not labels.any():
            raise EmptyWindow(
                f"all {len(labels)} holdout rows have the same label; a longer training.holdout may hold both"
            )
        order = np.argsort(scores, kind="stable")
        self._true = order[labels[order]]
        self._false = order[~labels[order]]
        falses = scores[self._false]
        trues = scores[self._true]
        self._below = np.searchsorted(falses, trues, side="left")
        self._not_above = np.searchsorted(falses, trues, side="right")

    def area(self) -> float:
        """The area under the ROC curve: the chance that a true row scores above a false one, ties counting half."""
        return float((self._below + self._not_above).mean() / (2 * len(self._false)))

    def areas(self, weights: npt.NDArray[np.int32]) -> Scores:
        """(resamples,) the area in each resample; ``weights`` is (resamples, rows): how often it holds each row."""
        falses = np.zeros((len(weights), len(self._false) + 1), dtype=np.float64)
        np.cumsum(weights[:, self._false], axis=1, out=falses[:, 1:])
        trues = weights[:, self._true]
        won = (trues * (falses[:, self._below] + falses[:, self._not_above])).sum(axis=1)
        return np.asarray(won / (2 * trues.sum(axis=1) * falses[:, -1]), dtype=np.float64)


def roc_auc(labels: Labels, scores: Scores) -> float:
    """The area under the ROC curve; see ``Ranking``.

    >>> roc_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    return Ranking(labels, scores).area()


def bootstrap(
    labels: Labels, scores: Mapping[str, Scores], *, seed: int, resamples: int = RESAMPLES
) -> dict[str, Scores]:
    """(resamples,) areas for each of ``scores``; the same position is the same resample for all of them."""
    rankings = {name: Ranking(labels, values) for name, values in scores.items()}
    blocks: dict[str, list[Scores]] = {name: [] for name in scores}
    for weights in _resample(labels, np.random.default_rng(seed), resamples):
        for name, ranking in rankings.items():
            blocks[name].append(ranking.areas(weights))
    return {name: np.concatenate(found) for name, found in blocks.items()}


def interval(values: Scores) -> tuple[float, float]:
    """The middle 95 % of resampled values."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _resample(labels: Labels, random: np.random.Generator, resamples: int) -> Iterator[npt.NDArray[np.int32]]:
    """Blocks of (some resamples, rows) weights."""
    rows = len(labels)
    groups = [np.flatnonzero(labels), np.flatnonzero(~labels)]
    at_once = max(1, _BLOCK // rows)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn = np.concatenate(
            [group[random.integers(0, len(group), size=(count, len(group)))] for group in groups], axis=1
        )
        drawn += np.arange(count)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(np.int32)
