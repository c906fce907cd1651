"""An imported model as a fitted one: nothing is fitted, and its export is itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from keepfit.errors import InvalidModel
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.schema.signature import Signature
from keepfit.tasks.base import Outputs
from keepfit.training.imports.interface import adapted
from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.sklearn_onnx import INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModel:
    """See ``recipes.base.Fitted``; ``session`` computes ``model``'s only output."""

    model: bytes
    session: onnxruntime.InferenceSession
    task: TrainingTask

    @property
    def chosen(self) -> Mapping[str, Any]:
        return {}

    def raw(self, features: Matrix) -> npt.NDArray[np.float64]:
        """See ``recipes.base.Fitted``. Raises InvalidModel where the model fails, or answers in another shape."""
        try:
            [answered] = self.session.run(None, {INPUT: features})
        except Exception as error:  # the runtime's errors share no base class
            raise InvalidModel(f"the model fails on rows of the data: {error}") from error
        width = _width(self.task)
        if answered.shape != (len(features), width):
            raise InvalidModel(
                f"of {len(features)} rows the model answers an array of {answered.shape}; "
                f"({len(features)}, {width}) is what the task {self.task.spec.kind} takes"
            )
        return np.asarray(answered, dtype=np.float64)

    def predict(self, features: Matrix) -> Outputs:
        return self.task.serving.read([self.raw(features)])

    def to_onnx(self) -> bytes:
        return self.model


def imported_model(file: bytes, signature: Signature, task: TrainingTask) -> ImportedModel:
    """The model in an ONNX file.

    Raises:
        InvalidModel: it may not be loaded, or does not fit the definition.
    """
    [output] = task.serving.onnx_outputs
    model = adapted(file, signature, output=output)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors share no base class
        raise InvalidModel(f"ONNX Runtime does not load the model: {error}") from error
    return ImportedModel(model=model, session=session, task=task)


def _width(task: TrainingTask) -> int:
    return 1 if task.estimator == "regressor" else max(2, task.scores)
