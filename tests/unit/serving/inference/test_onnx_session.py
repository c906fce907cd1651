"""A session answers one row as it answers many, in memory of its own, whoever asks beside it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx import TensorProto, helper

from keepfit.errors import InvalidModel
from keepfit.serving.inference.onnx_session import Session
from tests.drawn import examples
from tests.unit.serving.support.small_model import SIGNATURE, constant_model, logistic_model, model

OUTPUTS = ("probabilities",)
WIDTH = len(SIGNATURE.model_columns)
MODELS = {"forest": model(), "logistic": logistic_model(), "constant": constant_model(0.25)}
SESSIONS = {name: Session(each, OUTPUTS) for name, each in MODELS.items()}
PLAIN = {
    name: ort.InferenceSession(each, providers=["CPUExecutionProvider"]) for name, each in MODELS.items()
}
NUMBERS = st.floats(width=32) | st.just(math.nan)


def plainly(name: str, rows: npt.NDArray[np.float32]) -> bytes:
    [found] = PLAIN[name].run([*OUTPUTS], {PLAIN[name].get_inputs()[0].name: rows})
    return bytes(found.tobytes())


@examples(60)
@given(
    st.sampled_from([*MODELS]),
    arrays(np.float32, st.tuples(st.integers(1, 3), st.just(WIDTH)), elements=NUMBERS),
)
def test_rows_are_answered_to_the_bit_as_onnx_runtime_does(name: str, rows: npt.NDArray[np.float32]) -> None:
    assert SESSIONS[name].run(rows)[0].tobytes() == plainly(name, rows)
    assert SESSIONS[name].run(rows[:1])[0].tobytes() == plainly(name, rows[:1])


def test_an_answer_stays_as_it_was_when_the_next_row_is_asked() -> None:
    rows = np.random.default_rng(3).uniform(0, 24, (50, WIDTH)).astype(np.float32)
    session = Session(logistic_model(), OUTPUTS)
    answers = [session.run(rows[n : n + 1])[0] for n in range(len(rows))]
    assert [each.tobytes() for each in answers] == [
        plainly("logistic", rows[n : n + 1]) for n in range(len(rows))
    ]
    assert len({each.tobytes() for each in answers}) > 40


def test_many_threads_have_each_the_answer_to_their_row() -> None:
    rows = np.random.default_rng(4).uniform(0, 24, (400, WIDTH)).astype(np.float32)
    session = Session(model(), OUTPUTS)
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda n: session.run(rows[n : n + 1])[0].tobytes(), range(len(rows)))]
    assert answers == [plainly("forest", rows[n : n + 1]) for n in range(len(rows))]


def test_a_row_of_another_width_is_not_stretched_to_fit() -> None:
    with pytest.raises(Exception, match="invalid dimensions"):
        Session(logistic_model(), OUTPUTS).run(np.zeros((1, 1), np.float32))


def test_a_model_whose_output_is_no_number_is_not_loaded() -> None:
    value = helper.make_tensor("value", TensorProto.STRING, [1], [b"late"])
    graph = helper.make_graph(
        [helper.make_node("Constant", [], ["probabilities"], value=value)],
        "text",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, WIDTH])],
        [helper.make_tensor_value_info("probabilities", TensorProto.STRING, [1])],
    )
    text = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(text)
    with pytest.raises(InvalidModel, match=r"'probabilities' is tensor\(string\)"):
        Session(text.SerializeToString(), OUTPUTS)
