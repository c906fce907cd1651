"""Rates of a model's answers that should not depend on whom a row is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.tasks.base import Outputs, Truths


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio of sums: (rows,) ``part`` by (rows,) ``whole``."""

    name: str
    part: npt.NDArray[np.float64]
    whole: npt.NDArray[np.float64]


def decision_rates(labels: Truths, decided: Truths, prefix: str = "") -> list[Rate]:
    """Selection, true positive and false positive rate of yes-or-no decisions, as fairlearn names them."""
    yes = decided.astype(np.float64)
    return [
        Rate(f"{prefix}selection rate", yes, np.ones(len(yes))),
        Rate(f"{prefix}true positive rate", yes * labels, labels.astype(np.float64)),
        Rate(f"{prefix}false positive rate", yes * ~labels, (~labels).astype(np.float64)),
    ]


def bias(labels: Labels, outputs: Outputs, name: str) -> Rate:
    """The mean of outputs less labels: 0 where a group gets what comes true."""
    return Rate(name, outputs.astype(np.float64) - labels, np.ones(len(outputs)))
