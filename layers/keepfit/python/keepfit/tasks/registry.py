"""The registry of tasks in serving, by the names in definitions, signatures and logs."""

from __future__ import annotations

from typing import Final

from keepfit.errors import InvalidModel
from keepfit.tasks.base import ServingTask, TaskType
from keepfit.tasks.binary import Binary
from keepfit.tasks.multiclass import Multiclass
from keepfit.tasks.regression import Regression
from keepfit.tasks.spec import TaskSpec

TASKS: Final[dict[str, TaskType]] = {
    "binary": Binary,
    "multiclass": Multiclass,
    "regression": Regression,
}


def task_type(kind: str) -> TaskType:
    """The task that is called so.

    Raises:
        InvalidModel: this release knows no such task.
    """
    task = TASKS.get(kind)
    if task is None:
        raise InvalidModel(
            f"the task {kind!r} is not known here, only {', '.join(sorted(TASKS))}; deploy the newer release"
        )
    return task


def task_of(spec: TaskSpec) -> ServingTask:
    """The serving part of the task that ``spec`` describes.

    Raises:
        InvalidModel: this release knows no such task, or ``spec`` says too little.
    """
    return task_type(spec.kind)(spec)
