"""The registry of tasks for definitions; imports what learns on first use.

Definitions are read where nothing is computed, so what they may name of a task stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from keepfit.evaluation.tasks.answer_definition import CalibrationKind
from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.features.schema.cell_form import FieldType

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from keepfit.evaluation.metrics.base import Labels
    from keepfit.evaluation.tasks.base import TrainingTask
    from keepfit.tasks.spec import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A task as definitions see it.

    Args:
        module: holds it as ``TASK``.
        estimator: what an algorithm learns it with.
        label_types: what its label's field may be.
        decided_by: of those, the types of which it is the task where a definition says nothing.
        metrics: what may judge, the default first.
        class_names: the classes of its label that a definition may name; None for any.
        decisions: the metrics that a decision may maximize; without any there is nothing to decide.
        calibrations: how its probabilities may be corrected; without any it has none.
        has_intervals: whether its answers may have intervals.
    """

    module: str
    estimator: Estimator
    label_types: tuple[FieldType, ...]
    decided_by: tuple[FieldType, ...]
    metrics: tuple[str, ...]
    class_names: tuple[str, ...] | None
    decisions: tuple[str, ...] = ()
    calibrations: tuple[CalibrationKind, ...] = ()
    has_intervals: bool = False


LISTINGS: Final[Mapping[str, Listing]] = {
    "binary": Listing(
        module="keepfit.evaluation.tasks.binary",
        estimator="classifier",
        label_types=("bool",),
        decided_by=("bool",),
        metrics=(
            "roc_auc",
            "average_precision",
            "log_loss",
            "brier",
            "f1",
            "accuracy",
            "balanced_accuracy",
        ),
        class_names=("false", "true"),
        decisions=("f1", "accuracy", "balanced_accuracy"),
        calibrations=("none", "sigmoid", "isotonic"),
    ),
    "multiclass": Listing(
        module="keepfit.evaluation.tasks.multiclass",
        estimator="classifier",
        label_types=("category", "int"),
        decided_by=("category",),
        metrics=("log_loss", "accuracy", "f1_macro", "roc_auc_ovr"),
        class_names=None,
        calibrations=("none", "sigmoid"),
    ),
    "regression": Listing(
        module="keepfit.evaluation.tasks.regression",
        estimator="regressor",
        label_types=("float", "int"),
        decided_by=("float", "int"),
        metrics=("rmse", "mae", "mape", "r2", "pinball"),
        class_names=(),
        has_intervals=True,
    ),
}

METRICS_BY_TASK: Final = "; ".join(
    f"for {kind} {', '.join(f'`{metric}`' for metric in listing.metrics)}"
    for kind, listing in LISTINGS.items()
)
"""For people."""


def decided_task(label: FieldType) -> str | None:
    """The task of a model whose label has this type, where its definition names none."""
    return next((kind for kind, listing in LISTINGS.items() if label in listing.decided_by), None)


def specify(kind: str, values: npt.NDArray[Any]) -> TaskSpec:
    """The specification of a task with these (rows,) ``values`` of its label."""
    specified: TaskSpec = import_module(LISTINGS[kind].module).TASK.specify(values)
    return specified


def has_classes(kind: str) -> bool:
    """Whether a label of this task is one of some, so that a drawn part takes its share of each."""
    return LISTINGS[kind].estimator == "classifier"


def rehearsed(kind: str, signal: npt.NDArray[np.float64]) -> tuple[TrainingTask, Labels]:
    """A task with made-up labels that follow (rows,) ``signal``."""
    values = import_module(LISTINGS[kind].module).TASK.made_up(signal)
    task = training_task_of(specify(kind, values))
    return task, task.encode_labels(values)


def training_task_of(spec: TaskSpec) -> TrainingTask:
    """The training part of the task that ``spec`` describes. Raises KeyError for an unknown one."""
    task: TrainingTask = import_module(LISTINGS[spec.kind].module).TASK(spec)
    return task
