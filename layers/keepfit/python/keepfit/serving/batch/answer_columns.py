"""The columns of answers, gathered from one batch of rows after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.serving.batch.part import ROW
from keepfit.tasks.base import Outputs, ServingTask


class AnswerColumns:
    """Gathers the answers to the rows of a part, refused ones included, whose answers mean nothing."""

    def __init__(self, task: ServingTask) -> None:
        self._task = task
        self._gathered: dict[str, list[npt.NDArray[Any]]] = {}

    def add(self, outputs: Outputs) -> None:
        """Adds the answers to some rows."""
        for name, column in self._task.table(outputs).items():
            self._gathered.setdefault(name, []).append(column)

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """(rows,) of each column."""
        return {name: np.concatenate(parts) for name, parts in self._gathered.items()}


def own_columns(task: ServingTask) -> list[str]:
    """The columns that a result has of its own."""
    return [ROW, *task.table(task.blank(1))]
