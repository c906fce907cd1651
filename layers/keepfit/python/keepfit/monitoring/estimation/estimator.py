"""The interface of estimators: answers in, the metrics that their outcomes would show out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.monitoring.estimation.estimate import Estimate
from keepfit.tasks.spec import TaskSpec

Answers = npt.NDArray[np.float64]

NORMAL: Final = 1.959963984540054
"""So many standard deviations on both sides of a normal's mean hold 95 %."""


class Tally(Protocol):
    """Answers of one version, counted in bounded memory."""

    @property
    def rows(self) -> int:
        """How many were added."""
        ...

    def add(self, answers: Answers) -> None:
        """Adds (rows, width) answers, none of them missing."""
        ...


class Estimator(Protocol):
    """Estimates the metrics of one version; made of its holdout, kept with its profile."""

    @property
    def task(self) -> TaskSpec:
        """What the version's answers mean."""
        ...

    @property
    def judged(self) -> dict[str, float]:
        """Every metric on the holdout."""
        ...

    @property
    def width(self) -> int:
        """How many numbers an answer has."""
        ...

    @property
    def method(self) -> str:
        """How it estimates, for a report, in whole sentences."""
        ...

    def tally(self) -> Any:
        """A tally without answers, of the estimator's own kind."""
        ...

    def estimate(self, tally: Any, metrics: Iterable[str]) -> dict[str, Estimate]:
        """The estimate of each of ``metrics``.

        Raises:
            EmptyWindow: too little can be expected of the answers, such as hardly a row of one class.
        """
        ...
