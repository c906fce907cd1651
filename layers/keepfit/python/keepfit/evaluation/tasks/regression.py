"""Regression in training and judging: labels and outputs are values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.figures.values import predicted_and_actual, residuals
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.metrics.values import MAE, MAPE, R2, RMSE, pinball
from keepfit.evaluation.report import CostCurve
from keepfit.evaluation.results import Figure, LabelSummary
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.conformal import conformal
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.rates import Rate, bias
from keepfit.evaluation.tasks.target import Target, is_skewed, logarithm, standardized
from keepfit.tasks.base import Outputs, Truths
from keepfit.tasks.registry import task_of
from keepfit.tasks.regression import Regression
from keepfit.tasks.spec import TaskSpec


class RegressionTraining:
    """See ``base.TrainingTask``."""

    estimator: ClassVar[Estimator] = "regressor"
    scores: ClassVar[int] = 1
    metrics: ClassVar[Mapping[str, Metric]] = MappingProxyType(
        {metric.name: metric for metric in (RMSE, MAE, MAPE, R2, pinball(0.5))}
    )

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec
        self.serving = task_of(spec)
        self._regression = Regression(spec)

    def metric(self, name: str | None) -> Metric:
        """The root mean squared error by default."""
        return self.metrics[name or RMSE.name]

    @classmethod
    def specify(cls, values: npt.NDArray[Any]) -> TaskSpec:  # noqa: ARG003  a value needs no explanation
        """Nothing has to be found out."""
        return TaskSpec(kind="regression")

    def encode_labels(self, values: Sequence[Any] | npt.NDArray[Any]) -> Labels:
        """(rows,) float64."""
        return np.asarray(values, dtype=np.float64)

    def targets(self, labels: Labels) -> list[Target]:
        """Numbers near 0, and of positive, skewed amounts their logarithms too."""
        return [standardized(labels), *([logarithm(labels)] if is_skewed(labels) else [])]

    def refuse(self, labels: Labels) -> str | None:
        """One value alone teaches nothing."""
        if len(labels) and labels.min() < labels.max():
            return None
        return f"{len(labels)} labelled rows of one value, so there is nothing to learn"

    def refuse_to_judge(self, labels: Labels, *, minimum_of_each_class: int) -> str | None:  # noqa: ARG002  no classes
        """One value alone proves nothing."""
        return self.refuse(labels)

    def summarize(self, labels: Labels) -> LabelSummary:
        """Where the values lie."""
        return LabelSummary(
            mean=float(labels.mean()),
            deviation=float(labels.std()),
            min=float(labels.min()),
            max=float(labels.max()),
        )

    def doubts(self, labels: Labels) -> list[str]:  # noqa: ARG002  values are enough or refused
        """None."""
        return []

    def rates(self, labels: Labels, outputs: Outputs) -> list[Rate]:
        """The mean prediction, how far it is from the actual values, and the mean absolute error."""
        one = np.ones(len(labels))
        return [
            Rate("mean prediction", outputs.astype(np.float64), one),
            bias(labels, outputs, "mean prediction less mean value"),
            Rate("mean absolute error", np.abs(outputs - labels), one),
        ]

    def confidences(self, labels: Labels, outputs: Outputs) -> tuple[Truths, Outputs] | None:
        """The level of intervals and whether they hold; None without intervals."""
        if self.spec.interval is None:
            return None
        low, high = self._regression.intervals(outputs).T
        return (low <= labels) & (labels <= high), np.full(len(labels), self.spec.interval.level)

    def cost_curve(self, labels: Labels, outputs: Outputs, wishes: Wishes) -> CostCurve | None:  # noqa: ARG002
        """None: there is no threshold."""
        return None

    def indicators(self, labels: Labels) -> npt.NDArray[np.float64]:
        """(rows, 1) the values."""
        return np.asarray(labels, dtype=np.float64)[:, None]

    def strata(self, labels: Labels) -> npt.NDArray[np.int64]:
        """All rows are one group: how many large values a holdout has is chance too."""
        return np.zeros(len(labels), dtype=np.int64)

    def measure(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        """Every metric, and both means: a model without bias has them alike."""
        return {
            **{name: metric.value(labels, outputs) for name, metric in self.metrics.items()},
            "mean_value": float(outputs.mean()),
            "mean_label": float(labels.mean()),
            **self._interval_figures(labels, outputs),
        }

    def _interval_figures(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        if self.spec.interval is None:
            return {}
        low, high = self._regression.intervals(outputs).T
        return {
            "interval_coverage": self._coverage(labels, outputs),
            "interval_width": float(np.mean(high - low)),
        }

    def settled(self, wishes: Wishes, labels: Labels, outputs: Outputs) -> TaskSpec:
        """With intervals that hold as many of the rows as wished."""
        if wishes.interval is None:
            return self.spec
        return msgspec.structs.replace(self.spec, interval=conformal(labels, outputs, wishes.interval))

    def _coverage(self, labels: Labels, outputs: Outputs) -> float:
        low, high = self._regression.intervals(outputs).T
        return float(np.mean((low <= labels) & (labels <= high)))

    def figures(self, labels: Labels, outputs: Outputs) -> list[Figure]:
        """Predicted beside actual values, and what is left."""
        return [predicted_and_actual(labels, outputs), *residuals(labels, outputs)]

    def rank_categories(
        self, codes: npt.NDArray[np.int64], categories: int, labels: Labels
    ) -> npt.NDArray[np.float64]:
        """The mean value."""
        present = codes >= 0
        rows = np.bincount(codes[present], minlength=categories)
        return np.bincount(codes[present], weights=labels[present], minlength=categories) / rows

    def class_of(self, name: str) -> Any:
        """Values have no classes."""
        raise ValueError(f"there is no label {name!r}: the label is a number")

    @classmethod
    def made_up(cls, signal: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """The signal itself, far from 0."""
        return 100.0 + signal


TASK = RegressionTraining
