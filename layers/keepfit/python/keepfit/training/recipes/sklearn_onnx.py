"""Exports fitted scikit-learn estimators as ONNX models with a task's outputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import PROBABILITIES, VALUES
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.onnx_tail import GraphTail

INPUT = "features"

# The oldest that hold every operator used here, so that an older runtime in production can load the model too.
OPSETS: Final = {"": 17, "ai.onnx.ml": 3}


def to_onnx(
    estimator: Any, *, columns: int, kind: Estimator = "classifier", target: Target | None = None
) -> bytes:
    """The estimator as ONNX: float32 (n, columns) ``features`` in.

    A classifier gives ``probabilities``, float32 (n, classes), a regressor ``values``, float32 (n, 1): labels again,
    where it learned another ``target``.

    The same estimator gives the same bytes, in every process. Whether the model answers like the estimator is not
    known before ``parity.compare`` has looked: some conversions succeed and are wrong.
    """
    export = _EXPORTS[kind]
    with warnings.catch_warnings():
        # The converter fills integer attributes with booleans, which protobuf 6 accepts and warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = convert_sklearn(
            estimator,
            name="keepfit",
            initial_types=[(INPUT, FloatTensorType([None, columns]))],
            options=export.options,
            target_opset=OPSETS,
        )
    for output in [output for output in model.graph.output if output.name != export.output]:
        model.graph.output.remove(output)
    export.finish(model, target or Target())
    return canonical(model)


def append_target(model: onnx.ModelProto, target: Target) -> None:
    """Makes labels of what was learned in their place, and calls them ``values``."""
    tail = GraphTail(model, "target")
    tail.then("Mul", target.scale)
    tail.then("Add", target.predicted_shift)
    if target.bounds:
        tail.then("Clip", *target.bounds)
        tail.then("Exp")
    tail.finish(VALUES, 1)


def _leave(_model: onnx.ModelProto, _target: Target) -> None:
    """Classes are learned as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    """The converter's output that is kept, its options, and what is done to the model then.

    A classifier's label is the API's business, and asking for it costs time.
    """

    output: str
    options: Mapping[str, Any]
    finish: Callable[[onnx.ModelProto, Target], None]


_EXPORTS: Final[Mapping[Estimator, _Export]] = {
    "classifier": _Export(output=PROBABILITIES, options={"zipmap": False}, finish=_leave),
    "regressor": _Export(output="variable", options={}, finish=append_target),
}
