"""The interface of recipes: encoded rows in, a fitted and exportable model out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs

Matrix = npt.NDArray[np.float32]


class Fitted(Protocol):
    """A fitted model."""

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
    """An algorithm on the encoded matrix.

    Rows are (rows, columns) float32: categories are whole codes (0 missing, 1 other, 2 and up known), missing numbers
    are NaN. The same rows, parameters and seed give the same model.
    """

    def defaults(self, task: TrainingTask, rows: int) -> Mapping[str, Any]:
        """The default parameters for a task and a number of training rows with a noisy label."""
        ...

    def fit(
        self,
        features: Matrix,
        labels: Labels,
        *,
        task: TrainingTask,
        target: Target,
        parameters: Mapping[str, Any],
        code_sizes: Mapping[int, int],
        seed: int,
    ) -> Fitted:
        """Trains on rows of which something can be learned, see ``TrainingTask.refuse``.

        Args:
            features: (rows, columns) encoded matrix.
            labels: (rows,) the answers, as the task encodes them.
            task: what they mean.
            target: what is learned of them; predictions and the export are labels again.
            parameters: the defaults with the definition's over them.
            code_sizes: column number of each category to how many codes it has, 0 and 1 included.
            seed: makes every random choice.

        Raises:
            TypeError, ValueError: a parameter that the algorithm does not know or accept.
        """
        ...
