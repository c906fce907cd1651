"""The interface of metrics, which are quick to compute for many resamples of the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.tasks.base import Outputs

Labels = npt.NDArray[Any]
"""(rows,) labels as a task encodes them: bool, the numbers of classes, or float64 values."""
Weights = npt.NDArray[np.int32] | npt.NDArray[np.int64] | npt.NDArray[np.float64]
"""(resamples, rows) how often each resample holds each row; of what is expected, parts of a row too."""
Figures = npt.NDArray[np.float64]


class Weighted(Protocol):
    """Figures of given rows, ready to be computed with many weights."""

    def values(self, weights: Weights) -> Figures:
        """(resamples,) or (resamples, figures) in each resample."""
        ...


class Prepared(Weighted, Protocol):
    """A metric of given outputs, ready to be computed with many weights."""

    def value(self) -> float:
        """The metric over all rows, each once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric by name.

    Args:
        name: as definitions and reports call it.
        title: as people do.
        greater_is_better: the direction in which a model gains.
        bounds: the least and the largest value that it can have.
        prepare: (rows,) labels and their outputs to the metric; raises EmptyWindow where it means nothing for them.
        constant: (rows,) labels and outputs of the same shape to the outputs of the best model that answers every row
            alike, known only when all is over: what any model must surely beat.
        row_losses: (rows,) labels and outputs to (rows,) how wrong each is, so that the metric is a mean of it or goes
            with that; None where a row by itself has no loss.
    """

    name: str
    title: str
    greater_is_better: bool
    bounds: tuple[float, float]
    prepare: Callable[[Labels, Outputs], Prepared]
    constant: Callable[[Labels, Outputs], Outputs]
    row_losses: Callable[[Labels, Outputs], Figures] | None = None

    def value(self, labels: Labels, outputs: Outputs, weights: npt.NDArray[np.int32] | None = None) -> float:
        """The metric of ``outputs``; ``weights`` (rows,) is the number of times each row counts."""
        prepared = self.prepare(labels, outputs)
        return prepared.value() if weights is None else float(prepared.values(weights[None])[0])

    def gain(self, challenger: Any, champion: Any) -> Any:
        """The improvement of ``challenger``, above 0 where it is better; numbers or arrays."""
        return challenger - champion if self.greater_is_better else champion - challenger
