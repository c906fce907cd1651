"""Multiclass, learned and judged: labels are numbers of classes, outputs probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.figures.classes import confusion
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.metrics.classes import ACCURACY, F1_MACRO, LOG_LOSS, ROC_AUC_OVR
from keepfit.evaluation.report import CostCurve
from keepfit.evaluation.results import Figure, LabelSummary
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.rates import Rate, decision_rates
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs, Truths
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec

MAX_CLASSES = 500
FEW_ROWS = 20
"""A class with fewer training rows is hardly ever predicted, and is told."""
_MAX_NAMED = 10
_UNKNOWN = -1


class MulticlassTraining:
    """See ``base.TrainingTask``; a label that training never saw is below 0, and never predicted."""

    estimator: ClassVar[Estimator] = "classifier"
    metrics: ClassVar[Mapping[str, Metric]] = MappingProxyType(
        {metric.name: metric for metric in (LOG_LOSS, ACCURACY, F1_MACRO, ROC_AUC_OVR)}
    )

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec
        self.serving = task_of(spec)
        self._classes = spec.classes or []
        self.scores = len(self._classes)

    def metric(self, name: str | None) -> Metric:
        """The log loss by default."""
        return self.metrics[name or LOG_LOSS.name]

    @classmethod
    def specify(cls, values: npt.NDArray[Any]) -> TaskSpec:
        """The classes that occur, in order."""
        return TaskSpec(kind="multiclass", classes=sorted(set(values.tolist())))

    def encode_labels(self, values: Sequence[Any] | npt.NDArray[Any]) -> Labels:
        """(rows,) int64 numbers of classes."""
        number_of = {name: number for number, name in enumerate(self._classes)}
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        return np.fromiter((number_of.get(value, _UNKNOWN) for value in listed), np.int64, len(values))

    def targets(self, labels: Labels) -> list[Target]:  # noqa: ARG002  a label is learned as it is
        """The label."""
        return [Target()]

    def refuse(self, labels: Labels) -> str | None:
        """One class alone teaches nothing, and too many are names rather than classes."""
        classes = len(np.unique(labels[labels >= 0]))
        if classes > MAX_CLASSES:
            return (
                f"{len(labels)} labelled rows of {classes} classes, and up to {MAX_CLASSES} can be learned: a label "
                "with so many values may be an identifier, or may need coarser classes"
            )
        if classes > 1:
            return None
        return f"{len(labels)} labelled rows of one class, so there is nothing to learn"

    def refuse_to_judge(self, labels: Labels, *, minimum_of_each_class: int) -> str | None:
        """Rows of one class alone prove nothing; rarer classes may be few."""
        counts = np.bincount(labels[labels >= 0], minlength=2)
        if (counts >= minimum_of_each_class).sum() > 1:
            return None
        return (
            f"{len(labels)} labelled rows, of which fewer than two classes have as many as "
            f"gates.minimum_holdout_of_each_class, {minimum_of_each_class}"
        )

    def summarize(self, labels: Labels) -> LabelSummary:
        """How many rows of each class, the most first."""
        counted = Counter(labels.tolist())
        unknown = counted.pop(_UNKNOWN, 0)
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        classes = {str(self._classes[number]): rows for number, rows in ordered}
        return LabelSummary(classes=classes, unknown=unknown or None)

    def doubts(self, labels: Labels) -> list[str]:
        """The classes that training has too few rows of."""
        rows = np.bincount(labels[labels >= 0], minlength=len(self._classes))
        few = [
            (name, count)
            for name, count in zip(self._classes, rows.tolist(), strict=True)
            if count < FEW_ROWS
        ]
        if not few:
            return []
        named = ", ".join(f"{name} ({count})" for name, count in few[:_MAX_NAMED])
        more = f" and {len(few) - _MAX_NAMED} more" if len(few) > _MAX_NAMED else ""
        told = (
            f"{len(few)} of {len(self._classes)} classes have fewer than {FEW_ROWS} training rows, and will hardly "
            f"be predicted: {named}{more}"
        )
        return [told]

    def rates(self, labels: Labels, outputs: Outputs) -> list[Rate]:
        """Of each class against all others, of the most frequent ones."""
        decided = outputs.argmax(axis=1)
        rows = np.bincount(labels[labels >= 0], minlength=len(self._classes))
        frequent = np.sort(np.argsort(-rows, kind="stable")[:_MAX_NAMED]).tolist()
        return [
            rate
            for number in frequent
            for rate in decision_rates(labels == number, decided == number, f"{self._classes[number]}: ")
        ]

    def confidences(self, labels: Labels, outputs: Outputs) -> tuple[Truths, Outputs] | None:
        """The probability of the predicted class, and whether it is the row's."""
        return outputs.argmax(axis=1) == labels, outputs.max(axis=1)

    def cost_curve(self, labels: Labels, outputs: Outputs, wishes: Wishes) -> CostCurve | None:  # noqa: ARG002
        """None: there is no threshold."""
        return None

    def indicators(self, labels: Labels) -> npt.NDArray[np.float64]:
        """(rows, classes) 1 for the row's class; a class that training never saw has none."""
        return np.asarray(labels[:, None] == np.arange(len(self._classes)), dtype=np.float64)

    def strata(self, labels: Labels) -> npt.NDArray[np.int64]:
        """The classes."""
        return np.asarray(labels, dtype=np.int64)

    def measure(self, labels: Labels, outputs: Outputs) -> dict[str, float]:
        """Every metric."""
        return {name: metric.value(labels, outputs) for name, metric in self.metrics.items()}

    def settled(self, wishes: Wishes, labels: Labels, outputs: Outputs) -> TaskSpec:  # noqa: ARG002  nothing to choose
        """The specification: the most likely class is predicted."""
        return self.spec

    def figures(self, labels: Labels, outputs: Outputs) -> list[Figure]:
        """The confusion matrix."""
        return [confusion(labels, outputs.argmax(axis=1), [str(name) for name in self._classes])]

    def rank_categories(
        self, codes: npt.NDArray[np.int64], categories: int, labels: Labels
    ) -> npt.NDArray[np.float64]:
        """Along the axis on which categories differ most in their classes.

        Source: Coppersmith, Hong & Hosking, Partitioning nominal attributes in decision trees (1999).
        """
        known = (codes >= 0) & (labels >= 0)
        classes = len(self._classes)
        places = codes[known] * classes + labels[known]
        counts = np.bincount(places, minlength=categories * classes).reshape(categories, classes)
        rows = counts.sum(axis=1)
        whole = counts.sum(axis=0) / max(rows.sum(), 1)
        apart = counts / np.maximum(rows, 1)[:, None] - whole
        _, axes = np.linalg.eigh((apart * rows[:, None]).T @ apart)
        axis = axes[:, -1]
        ranked: npt.NDArray[np.float64] = apart @ (axis * np.sign(axis[np.abs(axis).argmax()]))
        return ranked

    def class_of(self, name: str) -> Any:
        """Classes are named as they are written."""
        names = [str(known) for known in self._classes]
        if name not in names:
            raise ValueError(f"there is no label {name!r}; the labels are {', '.join(names[:_MAX_NAMED])}")
        return names.index(name)

    @classmethod
    def made_up(cls, signal: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """Three classes: low, middle, high."""
        return np.array(["high", "low", "middle"])[np.digitize(signal, np.quantile(signal, [1 / 3, 2 / 3]))]


TASK = MulticlassTraining
