"""What a task is to training and judging: the one concept that knows what labels are and how outputs are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.measured import Curves, LabelSummary
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.tasks.base import Outputs, ServingTask
from keepfit.tasks.spec import TaskSpec

Estimator = Literal["classifier", "regressor"]
"""Whether a label is one of some, or a number."""


class TrainingTask(Protocol):
    """A task with what one training found of it, such as its classes."""

    @property
    def spec(self) -> TaskSpec:
        """What the signature says of it."""
        ...

    @property
    def serving(self) -> ServingTask:
        """The same task where the model answers."""
        ...

    @property
    def estimator(self) -> Estimator:
        """What an algorithm learns it with."""
        ...

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What may judge, by name, the default first."""
        ...

    def metric(self, name: str | None) -> Metric:
        """The metric that a definition names, or the default."""
        ...

    @classmethod
    def specify(cls, values: npt.NDArray[Any]) -> TaskSpec:
        """What the signature says of a model that learns the label's (rows,) ``values``."""
        ...

    def encode_labels(self, values: Sequence[Any] | npt.NDArray[Any]) -> Labels:
        """(rows,) labels of a column's or a document's values, of which none is missing."""
        ...

    def refuse(self, labels: Labels) -> str | None:
        """What of the training ``labels`` lets nothing be learned; None where something can be."""
        ...

    def refuse_to_judge(self, labels: Labels, *, minimum_of_each_class: int) -> str | None:
        """What of the holdout's ``labels`` lets nothing be judged; None where something can be."""
        ...

    def summarize(self, labels: Labels) -> LabelSummary:
        """What is said of labels where they are told."""
        ...

    def strata(self, labels: Labels) -> npt.NDArray[np.int64]:
        """(rows,) the groups of which every resample holds as many rows."""
        ...

    def measure(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        """Every metric, and what else is worth a figure."""
        ...

    def curves(self, labels: Labels, outputs: Outputs) -> Curves:
        """What a report draws."""
        ...

    def targets(self, labels: Labels) -> npt.NDArray[np.float64]:
        """(rows, width) numbers that say all of labels: truths as 0 and 1, a column for each class, values."""
        ...

    def rank_categories(
        self, codes: npt.NDArray[np.int64], categories: int, labels: Labels
    ) -> npt.NDArray[np.float64]:
        """(categories,) what a category's rows say of the label: categories are encoded in this order.

        Args:
            codes: (rows,) the category of each row, below 0 for none.
            categories: how many there are; each has a row.
            labels: (rows,) the answers.
        """
        ...

    def class_of(self, name: str) -> Any:
        """The encoded label that a definition calls ``name``. Raises ValueError where there is none."""
        ...

    def made_up(self, signal: npt.NDArray[np.float64]) -> Labels:
        """(rows,) labels that follow a signal, for rehearsals."""
        ...
