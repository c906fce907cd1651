"""Calibration by a line through log odds: one slope, and a shift for each class.

Of two classes it is Platt's method on log odds, of more it is scaling by temperature and bias.

Source: Platt, Probabilistic outputs for support vector machines (1999); Guo et al., On calibration of modern neural
networks (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from keepfit.training.calibration.base import Probabilities
from keepfit.training.recipes.onnx_tail import GraphTail

# Beyond this float32 holds few digits of a probability near 1.
_SMALLEST = 1e-6
# Pulls the line towards leaving things as they are, about as strongly as so many rows.
_PRIOR_ROWS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmoid:
    """See ``base.Calibration``."""

    slope: float
    shifts: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, raw: Probabilities, labels: npt.NDArray[np.int64]) -> Sigmoid:
        """The line under which (rows,) ``labels``, numbers of classes, are likeliest."""
        logs, classes = _logs(raw), raw.shape[1]
        own = np.eye(classes)[labels]

        def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            slope, shifts = parameters[0], parameters[1:]
            scores = slope * logs + shifts
            likely = logsumexp(scores, axis=1)
            apart = softmax(scores, axis=1) - own
            value = float((likely - (scores * own).sum(axis=1)).sum())
            value += _PRIOR_ROWS * float((slope - 1) ** 2 + (shifts**2).sum())
            gradient = np.append((apart * logs).sum(), apart.sum(axis=0))
            return value, gradient + 2 * _PRIOR_ROWS * np.append(slope - 1, shifts)

        found = minimize(loss, np.append(1.0, np.zeros(classes)), jac=True, method="L-BFGS-B")
        return cls(slope=float(found.x[0]), shifts=found.x[1:])

    def apply(self, raw: Probabilities) -> Probabilities:
        return np.asarray(softmax(self.slope * _logs(raw) + self.shifts, axis=1))

    def append(self, tail: GraphTail) -> None:
        tail.then("Clip", _SMALLEST, 1.0)
        tail.then("Log")
        tail.then("Mul", self.slope)
        tail.add("Add", tail.last, tail.constant(self.shifts))
        tail.then("Softmax", axis=1)

    def report(self) -> dict[str, Any]:
        return {"kind": "sigmoid", "slope": self.slope, "shifts": self.shifts.tolist()}


def _logs(raw: Probabilities) -> npt.NDArray[np.float64]:
    return np.asarray(np.log(np.clip(raw, _SMALLEST, 1.0)))
