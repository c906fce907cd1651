"""A model has one form: the same steps are the same bytes, and answer as before to the last bit."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

import numpy as np
import onnx
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from keepfit.errors import InvalidModel
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.registry.onnx_inspection import admit
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import Algorithm, CandidateDefinition
from keepfit.training.recipes.canonical_onnx import canonical
from keepfit.training.recipes.estimator import FittedEstimator
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.parity import run
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows

TASK = training_task_of(BINARY)

_DIGESTS = """
import hashlib
from tests.unit.training.support.exports import exports
for name, model in exports():
    print(name, hashlib.sha256(model).hexdigest())
"""


def exporting(seed: str) -> subprocess.Popen[str]:
    """A process with this hash seed that prints the digest of everything that may be exported."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _DIGESTS], env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.long
def test_processes_with_other_hash_seeds_export_the_same_bytes() -> None:
    processes = [exporting(seed) for seed in ("0", "1", "random")]
    first, *others = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    assert len(first.splitlines()) == 3 * len(PAIRS)
    for other in others:
        assert other == first


def converted(algorithm: Algorithm) -> onnx.ModelProto:
    """As the converter leaves it: with the label, and with who made it."""
    table = rows(300)
    fitted = fit(
        CandidateDefinition(algorithm=algorithm),
        table.features,
        table.labels,
        task=TASK,
        code_sizes=CODE_SIZES,
        seed=0,
    )
    assert isinstance(fitted, FittedEstimator)
    model = convert_sklearn(
        fitted.estimator,
        initial_types=[("features", FloatTensorType([None, 5]))],
        options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    del model.graph.output[0]
    return model


def disordered(model: onnx.ModelProto, chance: random.Random) -> onnx.ModelProto:
    """The same steps otherwise written down: other names, other orders, other makers."""
    other = onnx.ModelProto()
    other.CopyFrom(model)
    graph = other.graph
    graph.name, other.producer_name, other.producer_version = f"{chance.random()}", "somebody", "9"
    interface = {one.name for one in [*graph.input, *graph.output]} | {""}
    names: dict[str, str] = {}
    for node in graph.node:
        for values in (node.input, node.output):
            values[:] = [
                one if one in interface else names.setdefault(one, f"v{chance.randrange(10**9)}")
                for one in values
            ]
        node.name, node.doc_string = f"{chance.random()}", "a note"
        _shuffle(node.attribute, chance)
    for constant in graph.initializer:
        constant.name = names.get(constant.name, constant.name)
    for part in (graph.initializer, graph.node, other.opset_import, graph.value_info):
        _shuffle(part, chance)
    return other


def _shuffle(repeated: Any, chance: random.Random) -> None:
    parts = list(repeated)
    chance.shuffle(parts)
    del repeated[:]
    repeated.extend(parts)


every_algorithm = pytest.mark.parametrize(
    "algorithm", ["logistic_regression", "hist_gradient_boosting", "random_forest"]
)


@every_algorithm
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_otherwise_written_down_is_the_same_bytes(algorithm: Algorithm) -> None:
    model = converted(algorithm)
    expected = canonical(model)
    for seed in range(5):
        assert canonical(disordered(model, random.Random(seed))) == expected


@every_algorithm
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_canonical_form_is_its_own_and_may_be_loaded(algorithm: Algorithm) -> None:
    once = canonical(converted(algorithm))
    assert canonical(onnx.load_model_from_string(once)) == once
    onnx.checker.check_model(once)
    admit(once)


@every_algorithm
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_in_its_canonical_form_answers_as_before_to_the_last_bit(algorithm: Algorithm) -> None:
    model, unseen = converted(algorithm), rows(500, seed=9).features
    before = run(model.SerializeToString(), unseen, TASK.serving)
    assert np.array_equal(run(canonical(model), unseen, TASK.serving), before)
    for row in unseen[:20]:
        assert run(canonical(model), row[None], TASK.serving) == run(
            model.SerializeToString(), row[None], TASK.serving
        )


def test_nodes_that_no_output_needs_are_left_out() -> None:
    nodes = [onnx.helper.make_node(*one) for one in (("Neg", ["x"], ["y"]), ("Abs", ["x"], ["unread"]))]
    model = onnx.load_model_from_string(canonical(_model(nodes)))
    assert [node.op_type for node in model.graph.node] == ["Neg"]


def test_a_name_of_the_interface_is_never_given_to_a_value_between() -> None:
    nodes = [
        onnx.helper.make_node("Neg", ["v0"], ["middle"]),
        onnx.helper.make_node("Abs", ["middle"], ["v1"]),
    ]
    model = onnx.load_model_from_string(canonical(_model(nodes, reads="v0", answers="v1")))
    assert [(list(node.input), list(node.output)) for node in model.graph.node] == [
        (["v0"], ["v2"]),
        (["v2"], ["v1"]),
    ]


def test_a_model_with_a_graph_inside_is_refused() -> None:
    inner = onnx.helper.make_graph([], "inner", [], [])
    node = onnx.helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    with pytest.raises(InvalidModel, match="If holds a graph of its own"):
        canonical(_model([node]))


def test_operator_sets_constants_and_metadata_stand_in_order() -> None:
    model = onnx.load_model_from_string(
        fit(
            CandidateDefinition(algorithm="logistic_regression"),
            rows(200).features,
            rows(200).labels,
            task=TASK,
            code_sizes=CODE_SIZES,
            seed=0,
        ).to_onnx()
    )
    assert [one.domain for one in model.opset_import] == sorted(one.domain for one in model.opset_import)
    assert model.producer_version == ""
    described = _model([onnx.helper.make_node("Neg", ["x"], ["y"])])
    onnx.helper.set_model_props(described, {"b": "1", "a": "2"})
    found = onnx.load_model_from_string(canonical(described))
    assert [(one.key, one.value) for one in found.metadata_props] == [("a", "2"), ("b", "1")]


def _model(nodes: list[onnx.NodeProto], *, reads: str = "x", answers: str = "y") -> onnx.ModelProto:
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None]) for name in (reads, answers)
    ]
    graph = onnx.helper.make_graph(nodes, "any", values[:1], values[1:])
    return onnx.helper.make_model(graph)
