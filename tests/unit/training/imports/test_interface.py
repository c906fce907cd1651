"""A finished model is told the columns of a row as it knows them, and answers as it did before."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression, Ridge

from keepfit.errors import InvalidModel
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import Column, Signature
from keepfit.tasks.spec import BINARY, TaskSpec
from keepfit.training.imports.imported import ImportedModel, imported_model
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.unit.training.support.finished import by_column

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

COLUMNS = [
    Column(name="far", source="input", type="float"),
    Column(name="city", source="input", type="category", vocabulary=["Bonn", "Rome"], nullable=True),
    Column(name="age", source="input", type="float", nullable=True),
]
RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "far": RANDOM.normal(size=300).astype(np.float32),
        "city": RANDOM.choice(["", "(other)", "Bonn", "Rome"], 300),
        "age": np.where(RANDOM.random(300) < 0.2, np.nan, RANDOM.normal(size=300)).astype(np.float32),
    }
)
LABELS = (TABLE["far"] + (TABLE["city"] == "Rome") + RANDOM.normal(size=300) > 0.5).to_numpy()
MATRIX = np.column_stack(
    [
        TABLE["far"],
        TABLE["city"].map({"": 0, "(other)": 1, "Bonn": 2, "Rome": 3}),
        TABLE["age"],
    ]
).astype(np.float32)


def taken(file: bytes, columns: list[Column] = COLUMNS, spec: TaskSpec = BINARY) -> ImportedModel:
    signature = Signature(model="m", label="l", event_time=None, columns=columns, task=spec)
    return imported_model(file, signature, training_task_of(spec))


@pytest.mark.parametrize("opset", [11, 17])
def test_inputs_by_name_are_told_numbers_and_the_words_of_categories(opset: int) -> None:
    estimator, file = by_column(TABLE[["age", "city", "far"]], LABELS, categories=["city"], opset=opset)
    model = taken(file)
    expected = estimator.predict_proba(TABLE)
    assert model.raw(MATRIX) == pytest.approx(expected, abs=1e-6)
    assert taken(file).to_onnx() == model.to_onnx()
    assert [value.name for value in onnx.load_model_from_string(model.to_onnx()).graph.input] == ["features"]


def test_one_matrix_of_numbers_is_told_them_in_their_order() -> None:
    numbers = MATRIX[:, [0, 1]]
    columns = [COLUMNS[0], Column(name="rooms", source="input", type="int")]
    classifier = LogisticRegression().fit(numbers, LABELS)
    assert taken(to_onnx(classifier, columns=2), columns).raw(numbers) == pytest.approx(
        classifier.predict_proba(numbers), abs=1e-6
    )
    regressor, spec = Ridge().fit(numbers, MATRIX[:, 0] * 3), TaskSpec(kind="regression")
    answered = taken(to_onnx(regressor, columns=2, kind="regressor"), columns, spec).predict(numbers)
    assert answered == pytest.approx(regressor.predict(numbers), abs=1e-5)


def _model(
    inputs: dict[str, int], *, kind: int = TensorProto.FLOAT, op: str = "Sigmoid", width: int = 1
) -> bytes:
    """Answers of its first input alone."""
    values = [helper.make_tensor_value_info(name, each, [None, 1]) for name, each in inputs.items()]
    nodes = [helper.make_node(op, [values[0].name], ["p"])]
    graph = helper.make_graph(nodes, "g", values, [helper.make_tensor_value_info("p", kind, [None, width])])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def test_a_probability_of_true_alone_and_whole_or_double_inputs_are_taken() -> None:
    columns = [COLUMNS[0], Column(name="rooms", source="input", type="int")]
    model = taken(
        _model({"far": TensorProto.DOUBLE, "rooms": TensorProto.INT64}, kind=TensorProto.DOUBLE), columns
    )
    true = 1 / (1 + np.exp(-MATRIX[:, 0].astype(np.float64)))
    assert model.raw(MATRIX[:, :2]) == pytest.approx(np.column_stack([1 - true, true]), abs=1e-6)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"no model", "this ONNX file must not be loaded"),
        (_model({"far": 1, "city": 8, "other": 1}), "columns far, city, age: age missing; other unknown"),
        (_model({"far": 1, "city": 1, "age": 1}), "city holds categories, so its input must be of type string"),
        (_model({"far": 1, "city": 8, "age": TensorProto.INT64}), "age may be missing, so its input must be of"),
        (_model({"far": 1, "city": 8, "age": 1}, op="Exp", width=3), r"answers an array of \(300, 1\); \(300, 2\)"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused_with_what_would(file: bytes, says: str) -> None:
    with pytest.raises(InvalidModel, match=says):
        taken(file).raw(MATRIX)


def test_columns_that_are_several_numbers_and_other_classes_are_refused() -> None:
    text: list[Any] = [*COLUMNS, Column(name="note", source="input", type="text")]
    with pytest.raises(InvalidModel, match="note would be several numbers of a row"):
        taken(_model({"far": 1}), text)
    labels = np.where(LABELS, "yes", "no")
    _, file = by_column(TABLE, labels, categories=["city"])
    with pytest.raises(InvalidModel, match="it knows the classes no, yes, and the data has maybe, no"):
        taken(file, spec=TaskSpec(kind="multiclass", classes=["maybe", "no"]))
