"""Exports fitted scikit-learn estimators as ONNX models with probabilities."""

from __future__ import annotations

import warnings
from typing import Any

from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from keepfit.tasks.base import PROBABILITIES
from keepfit.training.recipes.canonical_onnx import canonical

INPUT = "features"

# The oldest that hold every operator used here, so that an older runtime in production can load the model too.
_OPSETS = {"": 17, "ai.onnx.ml": 3}


def to_onnx(estimator: Any, *, columns: int) -> bytes:
    """The estimator as ONNX: float32 ``features`` in, float32 (n, 2) ``probabilities`` out.

    The second column of the output is P(label is true).

    The same estimator gives the same bytes, in every process. Whether the model answers like the estimator is not
    known before ``parity.compare`` has looked: some conversions succeed and are wrong.
    """
    with warnings.catch_warnings():
        # The converter fills integer attributes with booleans, which protobuf 6 accepts and warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = convert_sklearn(
            estimator,
            name="keepfit",
            initial_types=[(INPUT, FloatTensorType([None, columns]))],
            options={"zipmap": False},
            target_opset=_OPSETS,
        )
    for output in [output for output in model.graph.output if output.name != PROBABILITIES]:
        model.graph.output.remove(
            output
        )  # the label: one half is the API's business, and asking for it costs time
    return canonical(model)
