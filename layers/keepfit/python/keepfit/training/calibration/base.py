"""The interface of calibrations: probabilities of classes in, better ones out."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.training.recipes.onnx_tail import GraphTail

Probabilities = npt.NDArray[np.float64]
"""(rows, classes) as an exported classifier gives them, false before true."""


class Calibration(Protocol):
    """A fitted correction."""

    def apply(self, raw: Probabilities) -> Probabilities:
        """The corrected probabilities, each row adding up to 1."""
        ...

    def append(self, tail: GraphTail) -> None:
        """Does the same within an exported model, of which ``tail`` ends with the raw probabilities."""
        ...

    def report(self) -> dict[str, Any]:
        """What a report says of it."""
        ...
