"""The registry of tasks in serving, by the names in definitions, signatures and logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from keepfit.errors import InvalidModel
from keepfit.tasks.base import ServingTask
from keepfit.tasks.binary import Binary
from keepfit.tasks.spec import TaskSpec

TASKS: Final[dict[str, Callable[[TaskSpec], ServingTask]]] = {"binary": Binary}


def task_of(spec: TaskSpec) -> ServingTask:
    """The serving part of the task that ``spec`` describes.

    Raises:
        InvalidModel: this release knows no such task.
    """
    task = TASKS.get(spec.kind)
    if task is None:
        raise InvalidModel(
            f"the task {spec.kind!r} is not known here, only {', '.join(sorted(TASKS))}; deploy the newer release"
        )
    return task(spec)
