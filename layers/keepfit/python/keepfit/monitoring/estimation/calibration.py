"""Calibration of class probabilities by rows that the model did not learn, with how sure it is.

The logarithm of each class's probability is scaled and shifted, which of two classes is beta calibration. It is fitted
with a prior around no change, so that few rows change little, and drawn from its posterior, as Laplace approximates it.

Sources: Kull, Silva Filho and Flach, Beta calibration, AISTATS (2017); of more classes, with a diagonal matrix: Kull et
al., Beyond temperature scaling: Obtaining well-calibrated multiclass probabilities with Dirichlet calibration, NeurIPS
(2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# As metrics have it: below, a logarithm says more about rounding than about the model.
_SMALLEST: Final = 1e-7
_PRIOR_VARIANCE: Final = 1.0
_MAX_STEPS: Final = 50
_NEAR: Final = 1e-9
# Rows times classes that are read: more make it hardly surer.
_MAX_NUMBERS: Final = 1_000_000
_MAX_DRAWS, _DRAWN_NUMBERS = 50, 5_000
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Fitted:
    """(1 + draws, classes) slopes and offsets: the most likely ones, then draws from the posterior."""

    slopes: Floats
    offsets: Floats


def fitted(probabilities: Floats, labels: npt.NDArray[np.int64], *, seed: int = 0) -> Fitted:
    """Fits the calibration of (rows, classes) ``probabilities`` by (rows,) classes that came true."""
    random, classes = np.random.default_rng(seed), probabilities.shape[1]
    most = max(1, _MAX_NUMBERS // classes)
    if len(labels) > most:
        chosen = random.choice(len(labels), most, replace=False)
        probabilities, labels = probabilities[chosen], labels[chosen]
    logs = _logs(probabilities)
    hits = np.zeros_like(logs)
    hits[np.arange(len(labels)), labels] = 1.0
    found = np.concatenate([np.ones(classes), np.zeros(classes)])
    loss = _loss(found, logs, hits)
    for _ in range(_MAX_STEPS):
        gradient, curvature = _derivatives(found, logs, hits)
        step = np.linalg.solve(curvature, gradient)
        while (new := _loss(found - step, logs, hits)) > loss and np.abs(step).max() > _NEAR:
            step /= 2
        if loss - new <= _NEAR * max(1.0, abs(loss)):
            break
        found, loss = found - step, new
    root = np.linalg.cholesky(_derivatives(found, logs, hits)[1])
    draws = min(_MAX_DRAWS, max(10, _DRAWN_NUMBERS // classes))
    noise = np.linalg.solve(root.T, random.standard_normal((2 * classes, draws))).T
    slopes, offsets = np.split(np.vstack([found, found + noise]).round(_DIGITS), 2, axis=1)
    return Fitted(slopes, offsets)


def calibrated(probabilities: Floats, slopes: Floats, offsets: Floats) -> Floats:
    """(rows, classes) calibrated probabilities.

    >>> calibrated(np.array([[0.2, 0.8]]), np.ones(2), np.zeros(2)).round(6).tolist()
    [[0.2, 0.8]]
    """
    return _softmax(_logs(probabilities) * slopes + offsets)


def _logs(probabilities: Floats) -> Floats:
    return np.asarray(np.log(np.clip(probabilities, _SMALLEST, 1.0)))


def _softmax(sums: Floats) -> Floats:
    raised = np.exp(sums - sums.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _away(found: Floats) -> Floats:
    """How far slopes are from one, and offsets from zero."""
    classes = len(found) // 2
    return np.concatenate([found[:classes] - 1, found[classes:]])


def _loss(found: Floats, logs: Floats, hits: Floats) -> float:
    slopes, offsets = np.split(found, 2)
    sums = logs * slopes + offsets
    highest = sums.max(axis=1)
    whole = np.log(np.exp(sums - highest[:, None]).sum(axis=1)) + highest
    return float(
        (whole - (sums * hits).sum(axis=1)).sum() + (_away(found) ** 2).sum() / (2 * _PRIOR_VARIANCE)
    )


def _derivatives(found: Floats, logs: Floats, hits: Floats) -> tuple[Floats, Floats]:
    """The gradient and the curvature of the loss."""
    slopes, offsets = np.split(found, 2)
    shares = _softmax(logs * slopes + offsets)
    wrong, scaled = shares - hits, logs * shares
    gradient = (
        np.concatenate([(logs * wrong).sum(axis=0), wrong.sum(axis=0)]) + _away(found) / _PRIOR_VARIANCE
    )
    both = np.diag(scaled.sum(axis=0)) - scaled.T @ shares
    of_slopes = np.diag((logs * scaled).sum(axis=0)) - scaled.T @ scaled
    of_offsets = np.diag(shares.sum(axis=0)) - shares.T @ shares
    curvature = np.block([[of_slopes, both], [both.T, of_offsets]]) + np.eye(len(found)) / _PRIOR_VARIANCE
    return gradient, curvature
