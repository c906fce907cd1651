"""SHAP values: the parts of a score that the columns of a row have, which add up to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

Unit = Literal["log-odds", "probability", "value", "logarithm of the value"]
"""What a score is. Several classes have one each, of which only the differences count where they are log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """The SHAP values of rows.

    Args:
        base: (scores,) what a row has of which nothing is known.
        values: (rows, columns, scores) of the columns that the model reads.
        unit: what base and values add up to.
        method: how they are computed, for people.
        standard_error: of a value, where they are drawn; None where they are exact.
    """

    base: Numbers
    values: Numbers
    unit: Unit
    method: str
    standard_error: float | None = None

    @property
    def scores(self) -> Numbers:
        """(rows, scores) what they add up to."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def outputs(self) -> Numbers:
        """(rows, classes) probabilities or (rows, 1) values, as a model's ``raw``."""
        return _OUTPUTS[self.unit](self.scores)


def _probabilities(scores: Numbers) -> Numbers:
    if scores.shape[1] == 1:
        true = 1 / (1 + np.exp(-scores))
        return np.hstack([1 - true, true])
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _shares(scores: Numbers) -> Numbers:
    return np.hstack([1 - scores, scores]) if scores.shape[1] == 1 else scores


_OUTPUTS: Final[Mapping[Unit, Callable[[Numbers], Numbers]]] = {
    "log-odds": _probabilities,
    "probability": _shares,
    "value": lambda scores: scores,
    "logarithm of the value": lambda scores: np.asarray(np.exp(scores)),
}
