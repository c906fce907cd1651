"""The interface of tasks in training and judging: what labels are, how outputs are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.report import CostCurve
from keepfit.evaluation.results import Figure, LabelSummary
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.rates import Rate
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs, ServingTask, Truths
from keepfit.tasks.spec import TaskSpec


class TrainingTask(Protocol):
    """A task with the findings of one training, such as its classes."""

    @property
    def spec(self) -> TaskSpec:
        """The task as the signature records it."""
        ...

    @property
    def serving(self) -> ServingTask:
        """The serving part of the same task."""
        ...

    @property
    def estimator(self) -> Estimator:
        """The kind of estimator that learns the task."""
        ...

    @property
    def scores(self) -> int:
        """How many numbers a model computes of each row: boosting grows so many trees a step."""
        ...

    def targets(self, labels: Labels) -> list[Target]:
        """What may be learned instead of the training ``labels``, the plainest first."""
        ...

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics that may judge, by name, the default first."""
        ...

    def metric(self, name: str | None) -> Metric:
        """The metric that a definition names, or the default."""
        ...

    @classmethod
    def specify(cls, values: npt.NDArray[Any]) -> TaskSpec:
        """The specification for a label with these (rows,) ``values``."""
        ...

    def encode_labels(self, values: Sequence[Any] | npt.NDArray[Any]) -> Labels:
        """(rows,) labels of a column's or a document's values, of which none is missing."""
        ...

    def refuse(self, labels: Labels) -> str | None:
        """The reason why nothing can be learned from the training ``labels``, if any."""
        ...

    def refuse_to_judge(self, labels: Labels, *, minimum_of_each_class: int) -> str | None:
        """The reason why nothing can be judged on the holdout's ``labels``, if any."""
        ...

    def summarize(self, labels: Labels) -> LabelSummary:
        """The summary of labels for reports."""
        ...

    def strata(self, labels: Labels) -> npt.NDArray[np.int64]:
        """(rows,) the strata, of which every resample holds as many rows."""
        ...

    def measure(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        """Every metric, and other figures worth reporting."""
        ...

    def indicators(self, labels: Labels) -> npt.NDArray[np.float64]:
        """(rows, width) numbers that say all of labels: truths as 0 and 1, a column for each class, values."""
        ...

    def doubts(self, labels: Labels) -> list[str]:
        """What people should know of the training ``labels``, though something can be learned of them."""
        ...

    def settled(self, wishes: Wishes, labels: Labels, outputs: Outputs) -> TaskSpec:
        """The specification with what is chosen on rows that the model did not see.

        Args:
            wishes: what the definition says of decisions and intervals.
            labels: (rows,) the answers.
            outputs: what a model like the one that is specified gave for the same rows.
        """
        ...

    def figures(self, labels: Labels, outputs: Outputs) -> list[Figure]:
        """What a report draws."""
        ...

    def rates(self, labels: Labels, outputs: Outputs) -> list[Rate]:
        """The rates that fairness compares between groups of rows."""
        ...

    def confidences(self, labels: Labels, outputs: Outputs) -> tuple[Truths, Outputs] | None:
        """(rows,) whether what was claimed came true, and the probability of the claim; None without any."""
        ...

    def cost_curve(self, labels: Labels, outputs: Outputs, wishes: Wishes) -> CostCurve | None:
        """What decisions cost by the threshold that makes them; None where there is none."""
        ...

    def rank_categories(
        self, codes: npt.NDArray[np.int64], categories: int, labels: Labels
    ) -> npt.NDArray[np.float64]:
        """(categories,) a number per category, by which categories are ordered when encoded.

        Args:
            codes: (rows,) the category of each row, below 0 for none.
            categories: how many there are; each has a row.
            labels: (rows,) the answers.
        """
        ...

    def class_of(self, name: str) -> Any:
        """The encoded label that a definition calls ``name``. Raises ValueError where there is none."""
        ...

    @classmethod
    def made_up(cls, signal: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """(rows,) values of a label that follows a signal, for rehearsals."""
        ...
