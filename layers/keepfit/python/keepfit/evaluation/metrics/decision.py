"""Metrics of yes-or-no decisions: what is true and found, what is missed, and what is found and false."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.metrics.sums import Sums, share
from keepfit.tasks.base import Outputs, Truths

Decide = Callable[[Outputs], Truths]

_HIT, _FALSE_ALARM, _MISS, _PASS = range(4)


def decision_metrics(decide: Decide) -> tuple[Metric, ...]:
    """F1, accuracy and balanced accuracy of what ``decide`` makes of (rows,) P(true)."""
    return (
        _metric("f1", "F1", decide, _f1, _all_true),
        _metric("accuracy", "accuracy", decide, _accuracy, _majority),
        _metric("balanced_accuracy", "balanced accuracy", decide, _balanced_accuracy, _majority),
    )


def outcomes(labels: Truths, decided: Truths) -> npt.NDArray[np.float64]:
    """(rows, 4) one of each row: hit, false alarm, miss, pass."""
    found = [labels & decided, ~labels & decided, labels & ~decided, ~labels & ~decided]
    return np.column_stack(found).astype(np.float64)


def _metric(
    name: str,
    title: str,
    decide: Decide,
    made_of: Callable[[npt.NDArray[np.float64]], Figures],
    constant: Callable[[Labels, Outputs], Outputs],
) -> Metric:
    return Metric(
        name=name,
        title=title,
        greater_is_better=True,
        bounds=(0.0, 1.0),
        prepare=partial(_prepare, decide, made_of),
        constant=constant,
    )


def _prepare(
    decide: Decide, made_of: Callable[[npt.NDArray[np.float64]], Figures], labels: Labels, outputs: Outputs
) -> Sums:
    return Sums(outcomes(labels, decide(outputs)), made_of)


def _f1(sums: npt.NDArray[np.float64]) -> Figures:
    found = 2 * sums[:, _HIT]
    return share(found, found + sums[:, _FALSE_ALARM] + sums[:, _MISS])


def _accuracy(sums: npt.NDArray[np.float64]) -> Figures:
    return share(sums[:, _HIT] + sums[:, _PASS], sums.sum(axis=1))


def _balanced_accuracy(sums: npt.NDArray[np.float64]) -> Figures:
    found = share(sums[:, _HIT], sums[:, _HIT] + sums[:, _MISS])
    passed = share(sums[:, _PASS], sums[:, _PASS] + sums[:, _FALSE_ALARM])
    return (found + passed) / 2


def _all_true(_labels: Labels, outputs: Outputs) -> Outputs:
    return np.ones(outputs.shape)


def _majority(labels: Labels, outputs: Outputs) -> Outputs:
    return np.full(outputs.shape, float(2 * labels.sum() >= len(labels)))


OF_OUTCOMES: Final[Mapping[str, Callable[[npt.NDArray[np.float64]], Figures]]] = {
    "f1": _f1,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
}
"""Each metric of (n, 4) outcomes, by name."""
