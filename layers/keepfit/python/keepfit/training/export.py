"""A fitted estimator as an ONNX model: float32 (n, columns) ``features`` in, float32 (n, 2) ``probabilities`` out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier

from keepfit.training.canonical_onnx import canonical

INPUT = "features"
OUTPUT = "probabilities"

# The oldest that hold every operator used here, so that an older runtime in production can load the model too.
_OPSETS = {"": 17, "ai.onnx.ml": 3}


def to_onnx(estimator: Any, *, columns: int) -> bytes:
    """The estimator's probabilities as ONNX; the second column of the output is P(label is true).

    The same estimator gives the same bytes, in every process. Whether the model answers like the estimator is not
    known before ``parity.compare`` has looked: some conversions succeed and are wrong.
    """
    _round_splits_down(estimator)
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
    for output in [output for output in model.graph.output if output.name != OUTPUT]:
        model.graph.output.remove(
            output
        )  # the label: one half is the API's business, and asking for it costs time
    return canonical(model)


def _round_splits_down(estimator: Any) -> None:
    """Makes the float64 split thresholds of histogram boosting float32 values, which changes no answer to float32 rows.

    ONNX holds float32 thresholds, and the converter rounds to the nearest: a value between both would change sides.
    For float32 x, ``x <= t`` is ``x <= the largest float32 not above t``. The converter does so for forests itself.
    """
    if not isinstance(estimator, HistGradientBoostingClassifier):
        return
    for (tree,) in estimator._predictors:  # noqa: SLF001 -- the trees, where the converter reads them too
        exact = tree.nodes["num_threshold"]
        rounded = exact.astype(np.float32)
        above = rounded.astype(np.float64) > exact
        tree.nodes["num_threshold"] = np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded)
