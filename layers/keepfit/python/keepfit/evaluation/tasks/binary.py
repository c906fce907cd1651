"""The binary task in training and judging: labels are bool, outputs P(true)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.figures.classes import confusion
from keepfit.evaluation.figures.probability import probability_figures
from keepfit.evaluation.metrics.average_precision import AVERAGE_PRECISION
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.metrics.decision import decision_metrics
from keepfit.evaluation.metrics.probability import BRIER, LOG_LOSS
from keepfit.evaluation.metrics.roc_auc import ROC_AUC
from keepfit.evaluation.report import CostCurve
from keepfit.evaluation.results import Figure, LabelSummary
from keepfit.evaluation.tasks.answer_definition import Cost, Wishes
from keepfit.evaluation.tasks.decision_threshold import best_threshold, cost_curve
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.rates import Rate, bias, decision_rates
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs, Truths
from keepfit.tasks.binary import Binary
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY, TaskSpec

_NAMES = ("false", "true")


class BinaryTraining:
    """See ``base.TrainingTask``."""

    estimator: ClassVar[Estimator] = "classifier"
    scores: ClassVar[int] = 1

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec
        self.serving = task_of(spec)
        self._threshold = Binary(spec).threshold
        metrics = (ROC_AUC, AVERAGE_PRECISION, LOG_LOSS, BRIER, *decision_metrics(self._decided))
        self.metrics: Mapping[str, Metric] = {metric.name: metric for metric in metrics}

    def _decided(self, outputs: Outputs) -> Truths:
        return np.array(self.serving.decide(outputs), dtype=np.bool_)

    def metric(self, name: str | None) -> Metric:
        """The named metric, by default the area under the ROC curve."""
        return self.metrics[name or ROC_AUC.name]

    @classmethod
    def specify(cls, values: npt.NDArray[Any]) -> TaskSpec:  # noqa: ARG003  both answers are known beforehand
        """The specification, which depends on no values."""
        return BINARY

    def encode_labels(self, values: Sequence[Any] | npt.NDArray[Any]) -> Labels:
        """(rows,) bool."""
        return np.asarray(values, dtype=np.bool_)

    def targets(self, labels: Labels) -> list[Target]:  # noqa: ARG002  a label is learned as it is
        """The label."""
        return [Target()]

    def refuse(self, labels: Labels) -> str | None:
        """The reason where only one label occurs, if so."""
        if labels.any() and not labels.all():
            return None
        return f"{_counted(labels)}, so there is nothing to learn"

    def refuse_to_judge(self, labels: Labels, *, minimum_of_each_class: int) -> str | None:
        """The reason where the rarer label has too few rows, if so."""
        true = int(labels.sum())
        if min(true, len(labels) - true) >= minimum_of_each_class:
            return None
        return f"{_counted(labels)}, and gates.minimum_holdout_of_each_class is {minimum_of_each_class}"

    def summarize(self, labels: Labels) -> LabelSummary:
        """The numbers of false and of true labels."""
        true = int(labels.sum())
        return LabelSummary(classes=dict(zip(_NAMES, (len(labels) - true, true), strict=True)))

    def strata(self, labels: Labels) -> npt.NDArray[np.int64]:
        """True rows, then false ones."""
        return (~labels).astype(np.int64)

    def measure(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        """Every metric, and the means of scores and labels, which calibration makes equal."""
        return {
            **{name: metric.value(labels, outputs) for name, metric in self.metrics.items()},
            "mean_score": float(outputs.mean()),
            "decided_rate": float(np.mean(self._decided(outputs))),
            "label_rate": float(labels.mean()),
        }

    def doubts(self, labels: Labels) -> list[str]:  # noqa: ARG002  labels are enough or refused
        """None."""
        return []

    def settled(self, wishes: Wishes, labels: Labels, outputs: Outputs) -> TaskSpec:
        """With the threshold that is best on the rows, where one is to be chosen."""
        decision = wishes.decision
        if decision is None:
            return self.spec
        threshold = decision.threshold
        if threshold is None:
            threshold = best_threshold(decision, labels, outputs)
        return msgspec.structs.replace(self.spec, threshold=threshold)

    def figures(self, labels: Labels, outputs: Outputs) -> list[Figure]:
        """ROC, precision-recall and calibration curve, and the confusion matrix of decisions."""
        matrix = confusion(labels.astype(np.int64), self._decided(outputs).astype(np.int64), _NAMES)
        return [*probability_figures(labels, outputs), matrix]

    def rates(self, labels: Labels, outputs: Outputs) -> list[Rate]:
        """Of decisions, and how far probabilities are from what comes true."""
        rates = decision_rates(labels, self._decided(outputs))
        return [*rates, bias(labels, outputs, "mean probability less share of true")]

    def confidences(self, labels: Labels, outputs: Outputs) -> tuple[Truths, Outputs] | None:
        """P(true) of labels."""
        return labels, outputs

    def cost_curve(self, labels: Labels, outputs: Outputs, wishes: Wishes) -> CostCurve | None:
        """The cost of the definition, or else the share of wrong decisions."""
        cost = wishes.decision.cost if wishes.decision else None
        return cost_curve(labels, outputs, cost or Cost(false_positive=1, false_negative=1), self._threshold)

    def indicators(self, labels: Labels) -> npt.NDArray[np.float64]:
        """(rows, 1) true as 1."""
        return labels.astype(np.float64)[:, None]

    def rank_categories(
        self, codes: npt.NDArray[np.int64], categories: int, labels: Labels
    ) -> npt.NDArray[np.float64]:
        """The share of true labels."""
        present = codes >= 0
        rows = np.bincount(codes[present], minlength=categories)
        return np.bincount(codes[present], weights=labels[present], minlength=categories) / rows

    def class_of(self, name: str) -> Any:
        """False or true, by the names "false" and "true"."""
        return bool(_NAMES.index(name))

    @classmethod
    def made_up(cls, signal: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """True above 0."""
        return np.asarray(signal > 0)


TASK = BinaryTraining


def _counted(labels: Labels) -> str:
    return f"{len(labels)} labelled rows, {int(labels.sum())} of them true"
