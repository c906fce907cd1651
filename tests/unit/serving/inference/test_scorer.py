"""A model version as a function from request bodies to probabilities."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from keepfit.errors import InvalidModel, InvalidOutput, InvalidRequest
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.serving.inference.encode_rows import compile_rows
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.inference.scorer import Scorer
from tests.drawn import examples
from tests.unit.serving.support.small_model import (
    INSTANCE,
    SIGNATURE,
    columns_of,
    constant_model,
    instances,
    logistic_model,
    model,
    scorer,
    signature,
)


def body(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"instances": rows}).encode()


# Sums of float32 in another order; trees compare and do not add.
@pytest.mark.parametrize(
    ("model", "rounding"), [(model(), 0.0), (logistic_model(), 1e-6)], ids=["forest", "logistic"]
)
def test_a_row_has_the_same_probability_alone_and_among_others(model: bytes, rounding: float) -> None:
    scorer, rows = Scorer.load(model, signature()), instances(200)
    together = scorer.score(scorer.decode(body(rows)))
    alone = [scorer.score(scorer.decode(body([row])))[0] for row in rows]
    assert together.shape == (200,)
    assert together.tolist() == pytest.approx(alone, rel=0, abs=rounding)
    assert len(set(alone)) > 5


def test_the_order_of_fields_in_an_instance_does_not_matter() -> None:
    turned = dict(reversed(INSTANCE.items()))
    both = [scorer().score(scorer().decode(body([row])))[0] for row in (INSTANCE, turned)]
    assert both[0] == both[1]


def test_an_unknown_category_is_scored_like_any_other_unknown_one() -> None:
    rows = [{**INSTANCE, "carrier": name} for name in ("never seen", "nor this")]
    first, second = scorer().score(scorer().decode(body(rows)))
    assert first == second


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), -0.1, 1.1])
def test_an_answer_that_is_no_probability_is_the_models_fault(answer: float) -> None:
    broken = Scorer.load(constant_model(answer), signature())
    for rows in ([INSTANCE], instances(3)):
        with pytest.raises(InvalidOutput, match="row 0"):
            broken.score(broken.decode(body(rows)))


def test_a_mean_that_rounding_lifts_over_one_is_one() -> None:
    nearly = Scorer.load(constant_model(1.0000004), signature())
    assert nearly.score(nearly.decode(body([INSTANCE]))).tolist() == [1.0]


def test_numbers_too_large_for_the_models_arithmetic_are_the_clients_fault() -> None:
    two = Signature(
        model="m",
        label="y",
        event_time=None,
        columns=[Column(name=name, source="input", type="float") for name in "ab"],
    )
    subtracting = Scorer.load(_difference_of_products(), to_json(two))
    good = subtracting.score(subtracting.decode(body([{"a": 0.5, "b": 0.25}])))
    assert good.tolist() == [0.25]
    with pytest.raises(InvalidRequest) as refusal:
        subtracting.score(subtracting.decode(body([{"a": 0.5, "b": 0.25}, {"a": 3e38, "b": 1.0}])))
    assert list(refusal.value.details) == [(1, "a", "is too large for this model's arithmetic")]


def test_a_model_with_another_number_of_columns_than_its_signature_is_refused() -> None:
    narrow = Signature(model="m", label="y", event_time=None, columns=SIGNATURE.columns[:2])
    with pytest.raises(InvalidModel, match="6 columns, and its signature gives 2"):
        Scorer.load(model(), to_json(narrow))


@pytest.mark.parametrize("broken", [b"", b"not a model", model()[:200]])
def test_bytes_that_are_no_model_are_refused(broken: bytes) -> None:
    with pytest.raises(InvalidModel):
        Scorer.load(broken, signature())


def test_a_model_cannot_read_files_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(bytes(1000))
    loaded = onnx.load_from_string(constant_model(0.5))
    weights = loaded.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="secret")
    with pytest.raises(InvalidModel):
        Scorer.load(loaded.SerializeToString(), signature())


ROWS = st.fixed_dictionaries(
    {
        "carrier": st.sampled_from(["UA", "AA", "ZZ", "7.0"]),
        "distance": st.floats(0, 9000),
        "stops": st.integers(0, 2**62),
        "international": st.booleans(),
        "departure": st.integers(-2_208_988_800, 7_258_118_399).map(
            lambda s: datetime.fromtimestamp(s, UTC).isoformat()
        ),
        "wind gust": st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
    }
)


@examples(200)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_a_request_is_encoded_as_the_encoder_encodes_its_columns(rows: list[dict[str, Any]]) -> None:
    decoded = scorer().decode(body(rows))
    expected = Encoder(SIGNATURE).encode(columns_of(SIGNATURE, decoded))
    found = compile_rows(SIGNATURE)(decoded)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype == np.float32
    assert found.shape == expected.shape


def test_derived_columns_of_every_kind_are_encoded_as_the_encoder_does() -> None:
    a, b = ["column", "a", "float"], ["column", "b", "category"]
    kinds = Signature(
        model="m",
        label="y",
        event_time=None,
        columns=[
            Column(name="a", source="input", type="float", nullable=True),
            Column(name="b", source="input", type="category", nullable=True, vocabulary=["x"]),
            Column(name="half", source="derived", type="float", expression=["/", a, ["number", 2.0]]),
            Column(name="big", source="derived", type="bool", expression=[">", a, ["number", 1.0]]),
            Column(
                name="name",
                source="derived",
                type="category",
                vocabulary=["x", "y"],
                expression=["case", [[["in", b, [["text", "x"], ["text", "z"]]], ["text", "y"]]], b],
            ),
            Column(
                name="quarter",
                source="derived",
                type="float",
                expression=["/", ["column", "half", "float"], ["number", 2.0]],
            ),
            Column(name="one", source="derived", type="float", expression=["number", 1.0]),
        ],
    )
    decoder = InstanceDecoder(kinds)
    rows = [
        {"a": 3.0, "b": "x"},
        {"a": None, "b": None},
        {"a": -1.5, "b": "other"},
        {"a": 0.0, "b": "z"},
    ]
    for sent in (rows, *([row] for row in rows)):
        decoded = decoder.decode(body(sent))
        expected = Encoder(kinds).encode(columns_of(kinds, decoded))
        np.testing.assert_array_equal(compile_rows(kinds)(decoded), expected)


def _difference_of_products() -> bytes:
    """P = a * 1e10 / 1e10 - b, by two columns of weights: overflows for great a."""
    up = numpy_helper.from_array(np.array([[1e10, 0], [0, 1]], np.float32), "up")
    down = numpy_helper.from_array(np.array([[0, 1e-10], [0, -1]], np.float32), "down")
    nodes = [
        helper.make_node("MatMul", ["features", "up"], ["wide"]),
        helper.make_node("MatMul", ["wide", "down"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "difference",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [up, down],
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    return made


def test_an_expression_reads_a_category_as_training_read_it() -> None:
    gate = ["column", "gate", "category"]
    kinds = Signature(
        model="m",
        label="y",
        event_time=None,
        columns=[
            Column(name="gate", source="input", type="category", vocabulary=["7", "7.5"], nullable=True),
            Column(name="seven", source="derived", type="bool", expression=["=", gate, ["text", "7"]]),
            Column(name="ten", source="derived", type="bool", expression=["=", gate, ["text", "10.0"]]),
        ],
    )
    sent = ["7", "7.0", 7, 7.5, "10", "", None]
    decoded = InstanceDecoder(kinds).decode(body([{"gate": value} for value in sent]))
    found = compile_rows(kinds)(decoded)
    nan = float("nan")
    expected = [[2, 1, 0], [2, 1, 0], [2, 1, 0], [3, 0, 0], [1, 0, 1], [0, nan, nan], [0, nan, nan]]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(Encoder(kinds).encode(columns_of(kinds, decoded)), expected)
    fast = InstanceDecoder(kinds).decode(body([{"gate": "7.0"}, {"gate": "10.0"}]))
    np.testing.assert_array_equal(compile_rows(kinds)(fast), [[2, 1, 0], [1, 0, 1]])
