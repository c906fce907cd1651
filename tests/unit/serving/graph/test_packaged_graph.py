"""A package with a graph is served like any other: its routes, protocols, log and explanations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.features.schema.signature import from_json, to_json
from keepfit.runtime.predict import predictor_of
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.package import GRAPH, MODELS, PackagedGraph
from tests.unit.serving.graph.small_graph import graph_of
from tests.unit.serving.support import small_model
from tests.unit.serving.support.explained_model import fitted
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, instances

_OWN = {"spare": {"model": "own"}}
BLEND = graph_of(
    "blend",
    flights={"model": "own"},
    linear={"model": "linear"},
    blend={"ensemble": "mean", "of": ["flights", "linear"]},
)


def written(folder: Path, graph: CompiledGraph) -> Path:
    """A package whose model is a forest, and the other of the graph a regression that reads its fields backwards."""
    columns = SIGNATURE.columns
    backwards = msgspec.structs.replace(SIGNATURE, columns=[*columns[-2::-1], columns[-1]])
    packaged = PackagedGraph(graph=graph, versions={"own": 3, "linear": 4})
    other = folder / MODELS / "linear"
    other.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(small_model.model())
    (folder / "signature.json").write_bytes(small_model.signature())
    (folder / "release.json").write_text('{"model": "own", "version": 3}')
    (folder / GRAPH).write_bytes(msgspec.json.encode(packaged))
    (other / "model.onnx").write_bytes(small_model.logistic_model())
    (other / "signature.json").write_bytes(to_json(backwards))
    return folder


def event(body: str, **more: Any) -> dict[str, Any]:
    return {"body": body, "headers": {"content-type": "application/json"}, **more}


def test_clients_ask_as_before_and_the_log_says_which_nodes_answered(tmp_path: Path) -> None:
    lines: list[bytes] = []
    predictor = predictor_of(written(tmp_path, BLEND), lines.append)
    response = predictor.answer(event(json.dumps({"instances": instances(5)})))
    assert response["statusCode"] == 200, response
    answer = json.loads(response["body"])
    assert (answer["model"], answer["model_version"]) == ("own", 3)
    alone = predictor_of(written(tmp_path / "alone", graph_of("flights", flights={"model": "own"})), len)
    own = json.loads(alone.answer(event(json.dumps({"instances": instances(5)})))["body"])
    assert answer["probabilities"] != own["probabilities"]
    *_, logged = (json.loads(line) for line in b"".join(lines).splitlines() if b'"_aws"' not in line)
    assert logged["outputs"] == answer["probabilities"]
    assert {tuple(BLEND.answered_by(number)) for number in logged["nodes"]} == {
        ("blend", "flights", "linear")
    }
    measured = [json.loads(line)["Node"] for line in b"".join(lines).splitlines() if b'"_aws"' in line]
    assert measured == ["flights", "linear"]


def test_a_graph_of_the_model_alone_answers_as_the_model_to_the_bit(tmp_path: Path) -> None:
    predictor = predictor_of(written(tmp_path, graph_of("flights", flights={"model": "own"})), len)
    body = json.dumps({"instances": instances(40)})
    answered = json.loads(predictor.answer(event(body))["body"])["probabilities"]
    scorer = small_model.scorer()
    assert answered == scorer.score(scorer.decode(body)).tolist()


def test_rows_and_tensors_of_the_same_values_have_the_same_answers(tmp_path: Path) -> None:
    predictor = predictor_of(written(tmp_path, BLEND), len)
    names = list(INSTANCE)
    rows = [{**row, "wind gust": 1.5} for row in instances(3)]
    as_json = json.loads(predictor.answer(event(json.dumps({"instances": rows})))["body"])["probabilities"]
    text = "\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)])
    as_csv = predictor.answer(event(text, headers={"content-type": "text/csv"}))["body"].splitlines()
    assert [float(line.split(",")[1]) for line in as_csv[1:]] == as_json


def test_a_category_in_another_form_is_logged_as_it_was_read_whichever_model_read_it(tmp_path: Path) -> None:
    lines: list[bytes] = []
    predictor = predictor_of(
        written(tmp_path, graph_of("linear", **_OWN, linear={"model": "linear"})), lines.append
    )
    predictor.answer(event(json.dumps({"instances": [{**INSTANCE, "carrier": " UA "}]})))
    [logged] = (json.loads(line) for line in b"".join(lines).splitlines() if b'"inputs"' in line)
    assert "UA" in logged["inputs"].values()
    assert logged["nodes"] > 0


def test_what_the_model_answers_alone_is_explained_and_nothing_else(tmp_path: Path) -> None:
    graph = graph_of(
        "choice",
        choice={
            "ensemble": "segment",
            "by": ["carrier"],
            "choices": {"AA": "linear"},
            "otherwise": "flights",
        },
        flights={"model": "own"},
        linear={"model": "linear"},
    )
    model, explainer = fitted("logistic_regression")
    folder = written(tmp_path, graph)
    (folder / "model.onnx").write_bytes(model)
    (folder / "explainer.msgpack").write_bytes(explainer)
    predictor = predictor_of(folder, len)
    explained = predictor.answer(event(json.dumps({"instances": [INSTANCE], "explain": True})))
    assert explained["statusCode"] == 200, explained
    assert {"carrier", "distance"} < set(json.loads(explained["body"])["explanation"]["contributions"])
    mixed = [INSTANCE, {**INSTANCE, "carrier": "AA"}]
    refused = predictor.answer(event(json.dumps({"instances": mixed, "explain": True})))
    assert refused["statusCode"] == 400
    assert "choice, linear answered row 1" in refused["body"]


@pytest.mark.parametrize("missing", ["graph/linear/model.onnx", "graph/linear/signature.json"])
def test_a_package_that_lacks_a_file_of_a_node_does_not_load(tmp_path: Path, missing: str) -> None:
    folder = written(tmp_path, BLEND)
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match="linear"):
        predictor_of(folder, len)


def test_the_signature_of_the_package_stays_that_of_the_model_alone(tmp_path: Path) -> None:
    folder = written(tmp_path, BLEND)
    assert from_json((folder / "signature.json").read_bytes()) == SIGNATURE
