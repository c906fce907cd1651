"""A model small enough for tests: flights, three numbers and a category, scored by a real exported estimator."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
from msgspec.structs import astuple
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.registry.onnx_inspection import admit
from keepfit.serving.inference.instances import DecodedRequest
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.recipes.sklearn_onnx import to_onnx

SIGNATURE = Signature(
    model="flight_delay",
    label="late",
    event_time="departure",
    columns=[
        Column(name="carrier", source="input", type="category", vocabulary=["UA", "AA"]),
        Column(name="distance", source="input", type="float", min=0, max=9000),
        Column(name="stops", source="input", type="int", min=0),
        Column(name="international", source="input", type="bool"),
        Column(name="departure", source="input", type="timestamp"),
        Column(name="wind gust", source="feature", type="float", nullable=True),
        Column(
            name="hour",
            source="derived",
            type="float",
            expression=["extract", "hour", ["column", "departure", "timestamp"]],
        ),
    ],
)

INSTANCE: dict[str, Any] = {
    "carrier": "UA",
    "distance": 1400.5,
    "stops": 0,
    "international": False,
    "departure": "2013-03-01T17:30:00Z",
    "wind gust": 12.5,
}


def instances(count: int) -> list[dict[str, Any]]:
    """Different from one another, some with a null, all of them good."""
    return [
        {
            **INSTANCE,
            "carrier": ("UA", "AA", "ZZ")[number % 3],
            "distance": 100.0 + 37.5 * number % 5000,
            "international": number % 2 == 0,
            "departure": f"2013-03-{1 + number % 28:02}T{number % 24:02}:05:00Z",
            "wind gust": None if number % 5 == 0 else 1.5 * (number % 20),
        }
        for number in range(count)
    ]


def columns_of(signature: Signature, decoded: DecodedRequest) -> dict[str, list[Any]]:
    """Decoded instances as ``features.encoding.matrix.Encoder`` takes them."""
    rows = map(astuple, decoded.instances)
    names = [column.name for column in signature.instance_columns]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


@cache
def model() -> bytes:
    """A forest: it answers for nulls, and its probabilities are means that float32 rounds."""
    return _fitted(RandomForestClassifier(20, max_depth=4, random_state=7))


@cache
def logistic_model() -> bytes:
    """A logistic regression: its probabilities depend on the order in which products are added."""
    return _fitted(make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()))


def _fitted(estimator: Any) -> bytes:
    random = np.random.default_rng(7)
    rows = random.uniform(0, 24, (400, len(SIGNATURE.model_columns))).astype(np.float32)
    rows[:, 1] *= 200
    labels = rows[:, -1] + rows[:, 1] / 1000 > 14
    return to_onnx(estimator.fit(rows, labels), columns=rows.shape[1])


def signature() -> bytes:
    return to_json(SIGNATURE)


@cache
def scorer() -> Scorer:
    return Scorer.load(model(), signature())


def constant_model(probability: float) -> bytes:
    """Answers ``probability`` to everything: NaN and other nonsense too."""
    width = len(SIGNATURE.model_columns)
    weights = numpy_helper.from_array(np.zeros((width, 2), np.float32), "weights")
    bias = numpy_helper.from_array(np.array([1 - probability, probability], np.float32), "bias")
    finite = helper.make_node("Clip", ["features", "low", "high"], ["finite"])
    bounds = [
        numpy_helper.from_array(np.array(v, np.float32), name) for name, v in (("low", -1.0), ("high", 1.0))
    ]
    nodes = [
        helper.make_node("IsNaN", ["finite"], ["missing"]),
        helper.make_node("Where", ["missing", "low", "finite"], ["present"]),
        helper.make_node("Gemm", ["present", "weights", "bias"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        [finite, *nodes],
        "constant",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [weights, bias, *bounds],
    )
    opsets = [helper.make_opsetid("", 17)]
    made: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    onnx.checker.check_model(made)
    return made


def growing_model() -> bytes:
    """Passes inspection and then doubles a tensor forty times: more memory than there is."""
    width = len(SIGNATURE.model_columns)
    doubling = [
        helper.make_node("Concat", [f"x{step}", f"x{step}"], [f"x{step + 1}"], axis=0) for step in range(40)
    ]
    nodes = [
        helper.make_node("Identity", ["features"], ["x0"]),
        *doubling,
        helper.make_node("Identity", ["x40"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "growing",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, width])],
    )
    opsets = [helper.make_opsetid("", 17)]
    made: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    admit(made)
    return made
