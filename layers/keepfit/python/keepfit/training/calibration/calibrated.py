"""A fitted classifier with its calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from keepfit.tasks.base import PROBABILITIES, Outputs, ServingTask
from keepfit.training.calibration.base import Calibration
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """See ``recipes.base.Fitted``."""

    fitted: Fitted
    calibration: Calibration
    task: ServingTask

    @property
    def chosen(self) -> Mapping[str, Any]:
        return self.fitted.chosen

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        return self.calibration.apply(self.fitted.raw(features))

    def predict(self, features: Matrix) -> Outputs:
        return self.task.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        model = onnx.load_model_from_string(self.fitted.to_onnx())
        tail = GraphTail(model, "calibration")
        self.calibration.append(tail)
        tail.finish(PROBABILITIES)
        return canonical(model)
