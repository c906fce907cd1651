"""The interface of recipes: encoded rows in, a fitted and exportable model out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.recipes.search_space import SearchSpace

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRows:
    """Rows that nothing is learned from, and that may say when to stop; see ``Problem`` for both."""

    features: Matrix
    labels: Labels


class Shared:
    """What several fits to the same rows share, such as bins; made by the first that needs it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gave for ``key`` the first time."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def forget(self) -> None:
        """Drops all of it, so that it takes no memory any more."""
        self._kept.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Rows of which something can be learned, see ``TrainingTask.refuse``, and what of them.

    Args:
        features: (rows, columns) encoded matrix: categories are whole codes (0 missing, 1 other, 2 and up known),
            missing numbers are NaN.
        labels: (rows,) the answers, as the task encodes them.
        task: what they mean.
        target: what is learned of them; predictions and the export are labels again.
        code_sizes: column number of each category to how many codes it has, 0 and 1 included.
        validation: what says when to stop, for ``Recipe.stops_early``; without it a fit goes to its end.
        shared: what other fits to these rows have made, or will use; None where there is but one.
    """

    features: Matrix
    labels: Labels
    task: TrainingTask
    target: Target
    code_sizes: Mapping[int, int]
    validation: ValidationRows | None = None
    shared: Shared | None = None

    @property
    def columns(self) -> int:
        """How many there are."""
        return int(self.features.shape[1])


class Fitted(Protocol):
    """A fitted model."""

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The parameters that validation rows chose, for a fit to all rows without any: how many trees."""
        ...

    def predict(self, features: Matrix) -> Outputs:
        """The task's outputs for (rows, columns) float32, as the model itself computes them, float64."""
        ...

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        """(rows, classes) probabilities, or (rows, 1) values: what the exported model's output is."""
        ...

    def to_onnx(self) -> bytes:
        """ONNX: float32 (n, columns) ``features`` in, the task's ``onnx_outputs`` out.

        The same model gives the same bytes, in every process. Whether they answer like the model is not known before
        ``parity.compare`` has looked: some conversions succeed and are wrong.
        """
        ...


class Recipe(Protocol):
    """An algorithm on the encoded matrix. The same problem, parameters and seed give the same model."""

    def search(self, task: TrainingTask) -> SearchSpace:
        """What may be tried instead of the defaults."""
        ...

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:
        """The default parameters for a task and a number of training rows with a noisy label."""
        ...

    def stops_early(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a fit with these parameters makes use of validation rows."""
        ...

    def fit(self, problem: Problem, parameters: Mapping[str, Any], *, seed: int) -> Fitted:
        """Trains with these parameters, the defaults among them; ``seed`` makes every random choice.

        Raises:
            TypeError, ValueError: a parameter that the algorithm does not know or accept.
        """
        ...


def with_every_class(
    raw: npt.NDArray[np.float64], seen: Labels, task: TrainingTask
) -> npt.NDArray[np.float64]:
    """Probabilities with a column for each class, 0 for those that the training rows lack."""
    classes = task.spec.classes
    if classes is None or raw.shape[1] == len(classes):
        return raw
    every = np.zeros((len(raw), len(classes)))
    every[:, np.unique(seen).astype(np.int64)] = raw
    return every
