"""ONNX files are admitted or refused by their bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keepfit.errors import InvalidModel
from keepfit.registry.onnx_inspection import MODEL, admit
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.drawn import examples

ROWS = np.random.default_rng(3).uniform(size=(300, 4)).astype(np.float32)
LABELS = ROWS.sum(axis=1) > 2


def graph_of(*nodes: onnx.NodeProto, **more: Any) -> onnx.ModelProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        list(nodes), "g", [value], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])], **more
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def loop_without_end() -> onnx.ModelProto:
    body = helper.make_graph(
        [helper.make_node("Identity", ["condition"], ["again"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("condition", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("again", TensorProto.BOOL, [])],
    )
    return graph_of(helper.make_node("Loop", ["", "x"], ["y"], body=body))


def huge_constant() -> onnx.ModelProto:
    return graph_of(helper.make_node("ConstantOfShape", ["x"], ["y"]))


def subgraph_in_an_allowed_operator() -> onnx.ModelProto:
    inner = helper.make_graph([], "inner", [], [])
    return graph_of(helper.make_node("Identity", ["x"], ["y"], body=inner))


def own_domain() -> onnx.ModelProto:
    model = graph_of(helper.make_node("Identity", ["x"], ["y"]))
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    return model


def operator_of_another_domain() -> onnx.ModelProto:
    return graph_of(helper.make_node("Identity", ["x"], ["y"], domain="com.microsoft"))


def function() -> onnx.ModelProto:
    model = graph_of(helper.make_node("Identity", ["x"], ["y"]))
    node = helper.make_node("Loop", ["a"], ["b"])
    model.functions.append(
        helper.make_function("", "Identity", ["a"], ["b"], [node], [helper.make_opsetid("", 17)])
    )
    return model


def external_data() -> onnx.ModelProto:
    tensor = numpy_helper.from_array(np.zeros(1, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return graph_of(helper.make_node("Add", ["x", "w"], ["y"]), initializer=[tensor])


def external_data_in_an_attribute() -> onnx.ModelProto:
    tensor = numpy_helper.from_array(np.zeros(1, np.float32), "w")
    tensor.data_location = TensorProto.EXTERNAL
    return graph_of(helper.make_node("Cast", ["x"], ["y"], value=tensor))


def sparse_initializer() -> onnx.ModelProto:
    model = graph_of(helper.make_node("Identity", ["x"], ["y"]))
    model.graph.sparse_initializer.add().dims.append(2**40)
    return model


def training_info() -> onnx.ModelProto:
    model = graph_of(helper.make_node("Identity", ["x"], ["y"]))
    model.training_info.add()
    return model


def very_many_nodes() -> onnx.ModelProto:
    return graph_of(*[helper.make_node("Concat", ["x", "x"], ["x"], axis=0) for _ in range(201)])


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=20),
        RandomForestClassifier(20),
    ],
)
def test_models_that_training_exports_are_admitted(estimator: Any) -> None:
    admit(to_onnx(estimator.fit(ROWS, LABELS), columns=4))


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (loop_without_end, "field 6 of attributes|Loop is not on the list"),
        (huge_constant, "ConstantOfShape is not on the list"),
        (subgraph_in_an_allowed_operator, "field 6 of attributes"),
        (own_domain, "domain 'com.evil'"),
        (operator_of_another_domain, "com.microsoft:Identity"),
        (function, "field 25 of models"),
        (external_data, "field 13 of tensors"),
        (external_data_in_an_attribute, "outside the file"),
        (sparse_initializer, "field 15 of graphs"),
        (training_info, "field 20 of models"),
        (very_many_nodes, "201 nodes"),
    ],
)
def test_what_could_harm_is_refused(hostile: Callable[[], onnx.ModelProto], reason: str) -> None:
    with pytest.raises(InvalidModel, match=reason):
        admit(hostile().SerializeToString())


def test_a_second_graph_or_operator_name_cannot_hide_behind_the_first() -> None:
    good = graph_of(helper.make_node("Identity", ["x"], ["y"])).SerializeToString()
    bad = huge_constant().SerializeToString()
    with pytest.raises(InvalidModel, match="ConstantOfShape"):
        admit(good + bad)
    with pytest.raises(InvalidModel, match="2 graphs"):
        admit(good + good)


def test_an_empty_or_oversized_file_is_refused() -> None:
    for size in (0, 11):
        with pytest.raises(InvalidModel, match=f"it has {size} bytes"):
            admit(bytes(size), MODEL._replace(size=10))


@pytest.mark.parametrize("cut", [1, 10, 100, -1])
def test_a_file_that_is_cut_off_is_refused(cut: int) -> None:
    whole = to_onnx(RandomForestClassifier(3).fit(ROWS, LABELS), columns=4)
    with pytest.raises(InvalidModel):
        admit(whole[:cut])


FOREST = to_onnx(RandomForestClassifier(2, max_depth=2).fit(ROWS, LABELS), columns=4)


@examples(300)
@given(st.integers(0, len(FOREST) - 1), st.integers(0, 255))
def test_what_is_admitted_reads_in_onnx_as_it_was_read_here(position: int, byte: int) -> None:
    changed = FOREST[:position] + bytes([byte]) + FOREST[position + 1 :]
    try:
        admit(changed)
    except InvalidModel:
        return
    try:
        model = onnx.load_from_string(changed)
    except DecodeError:  # text that is no UTF-8: the session refuses it too
        return
    domains = {node.domain for node in model.graph.node} | {opset.domain for opset in model.opset_import}
    assert domains <= {"", "ai.onnx", "ai.onnx.ml"}
    assert not model.functions
    assert not model.graph.sparse_initializer
    assert {node.op_type for node in model.graph.node} <= {
        "TreeEnsembleClassifier",
        "ArrayFeatureExtractor",
        "Cast",
        "Identity",
    }


@examples(300)
@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_without_another_error(noise: bytes) -> None:
    with pytest.raises(InvalidModel):
        admit(noise)
