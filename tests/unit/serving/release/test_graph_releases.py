"""A graph is released with the champions of its models; each that changes is one canary and one line in the ledger."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from keepfit.errors import GoldenRequestsFailed, NotFound
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.layout import ModelScope
from keepfit.registry.artifact_store import sha256
from keepfit.registry.versions import Manifest, ModelVersion, write_manifest
from keepfit.runtime.packaged import packaged_model
from keepfit.runtime.predict import predictor_of
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.release.golden import GoldenRequest
from keepfit.serving.release.graph_packaging import GraphPackaging
from keepfit.serving.release.prepare import Prepared
from keepfit.serving.release.released_files import released_files
from keepfit.serving.release.released_graph import read_graph, signature_of_release
from tests.unit.serving.graph.small_graph import graph_of
from tests.unit.serving.support.releasing import MODEL, Releasing, told
from tests.unit.serving.support.small_model import SIGNATURE, instances, logistic_model, model

OTHER = "delay_forest"
RISK = Column(name="risk", source="input", type="float", min=0)
OTHERS = msgspec.structs.replace(SIGNATURE, model=OTHER)


def graph() -> CompiledGraph:
    nodes = {"own": {"model": MODEL}, "forest": {"model": OTHER}}
    blend = graph_of("blend", **nodes, blend={"ensemble": "mean", "of": ["own", "forest"]})
    return msgspec.structs.replace(blend, model=MODEL)


class Graphs:
    """The releases of a model with a graph, and the versions of the other model in it."""

    def __init__(self, releasing: Releasing) -> None:
        self.releasing = releasing
        self.champions: dict[str, ModelVersion] = {}
        releasing.preparation = replace(
            releasing.preparation,
            graph=GraphPackaging(graph=graph(), artifacts=releasing.artifacts, champion_of=self._champion_of),
        )

    def _champion_of(self, name: str) -> ModelVersion:
        if name not in self.champions:
            raise NotFound(f"no version of {name} serves yet")
        return self.champions[name]

    def promote_other(self, onnx: bytes, number: int, signature: Signature = OTHERS) -> None:
        """Another version of the other model serves."""
        names = [column.name for column in signature.instance_columns]
        rows = [{name: {**row, "risk": 0.5}[name] for name in names} for row in instances(6)]
        scorer = Scorer.load(onnx, to_json(signature))
        outputs = scorer.score(scorer.decode(json.dumps({"instances": rows}))).tolist()
        golden = [GoldenRequest(instance=row, outputs=p) for row, p in zip(rows, outputs, strict=True)]
        files = {
            "model.onnx": onnx,
            "signature.json": to_json(signature),
            "golden.json": msgspec.json.encode(golden),
            "explainer.msgpack": b"of the model alone",
        }
        for name, body in files.items():
            self.releasing.artifacts.put_new(ModelScope(OTHER).version(number) + name, body)
        self.champions[OTHER] = write_manifest(
            self.releasing.artifacts,
            Manifest(
                model=OTHER,
                version=number,
                run_id=f"forest {number}",
                created_at=self.releasing.at,
                files={name: sha256(body) for name, body in files.items()},
                data={},
                digests={},
                metrics={},
            ),
        )

    def release(self, version: int) -> Prepared:
        """Prepared, tried and promoted."""
        prepared = self.releasing.prepare(version)
        self.releasing.mover.start_canary(self.releasing.order(prepared, "to prove itself"), 0.2)
        self.releasing.mover.promote(self.releasing.order(prepared, "as good"))
        return prepared

    def answer(self, prepared: Prepared, **more: float) -> list[float]:
        body = json.dumps({"instances": [{**row, **more} for row in instances(3)]})
        answered = self.releasing.answer(prepared.lambda_version, {"body": body})
        assert answered is not None
        assert answered["statusCode"] == 200, answered
        return list(json.loads(answered["body"])["probabilities"])


@pytest.fixture
def graphs(releasing: Releasing) -> Graphs:
    return Graphs(releasing)


def alone(onnx: bytes) -> list[float]:
    scorer = Scorer.load(onnx, to_json(SIGNATURE))
    return list(scorer.score(scorer.decode(json.dumps({"instances": instances(3)}))).tolist())


def test_the_package_holds_the_files_of_every_model_and_says_their_versions(graphs: Graphs) -> None:
    graphs.promote_other(logistic_model(), 3)
    releasing = graphs.releasing
    prepared = graphs.release(releasing.register(model()).version)
    [key] = [key for key in releasing.artifacts.list(f"releases/{MODEL}/000001/") if key.endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(releasing.artifacts.get(key))) as package:
        names = {name for name in package.namelist() if name.startswith("model/graph")}
        assert json.loads(package.read("model/graph.json"))["versions"] == {OTHER: 3}
    assert names == {
        "model/graph.json",
        f"model/graph/{OTHER}/model.onnx",
        f"model/graph/{OTHER}/signature.json",
    }, "explanations are of the model alone"
    pairs = zip(alone(model()), alone(logistic_model()), strict=True)
    assert graphs.answer(prepared) == [(own + other) / 2 for own, other in pairs]
    release = releasing.versions.release(prepared.lambda_version)
    assert release is not None
    assert release.nodes == {OTHER: 3}


def test_who_serves_the_files_of_a_release_elsewhere_gets_its_graph_as_it_was_last_released(
    graphs: Graphs, tmp_path: Path
) -> None:
    graphs.promote_other(logistic_model(), 3)
    releasing = graphs.releasing
    version = releasing.register(model())
    assert "graph.json" not in released_files(releasing.artifacts, releasing.versions, version)
    graphs.release(version.version)
    graphs.promote_other(model(), 4)
    releasing.at += timedelta(hours=1)
    prepared = graphs.release(version.version)
    for name, body in released_files(releasing.artifacts, releasing.versions, version).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    event = {"body": json.dumps({"instances": instances(3)})}
    answered = predictor_of(tmp_path, lambda _lines: None).answer(event)
    assert json.loads(answered["body"])["probabilities"] == graphs.answer(prepared)
    kept = read_graph(releasing.artifacts, MODEL, version.version, prepared.code_sha256)
    assert packaged_model(tmp_path).signature(version.version) == kept.signature


def test_another_champion_of_a_node_is_one_canary_of_the_same_version_told_in_the_ledger(
    graphs: Graphs,
) -> None:
    graphs.promote_other(logistic_model(), 3)
    releasing = graphs.releasing
    number = releasing.register(model()).version
    first = graphs.release(number)
    graphs.promote_other(model(), 4)
    second = graphs.release(number)
    assert second.lambda_version != first.lambda_version
    assert graphs.answer(second) == alone(model())
    assert told(releasing) == [
        ("promote", 1, 1, None),
        ("canary", 1, 0.2, 1),
        ("promote", 1, 1, 1),
    ]
    assert [entry.why for entry in releasing.ledger.entries()] == [
        f"to prove itself; node {OTHER}: 3",
        f"to prove itself; node {OTHER}: 3 → 4",
        f"as good; node {OTHER}: 3 → 4",
    ]
    restored = releasing.mover.restore(None, who="ann", why="slower")
    assert restored.lambda_version == first.lambda_version
    assert releasing.ledger.entries()[-1].why == f"slower; node {OTHER}: 4 → 3"


def test_the_same_champions_are_the_same_package_and_no_release(graphs: Graphs) -> None:
    graphs.promote_other(logistic_model(), 3)
    number = graphs.releasing.register(model()).version
    first = graphs.release(number)
    again = graphs.releasing.prepare(number)
    assert again.lambda_version == first.lambda_version == again.champion_lambda_version


def test_a_graph_waits_for_the_first_champion_of_each_of_its_models(graphs: Graphs) -> None:
    number = graphs.releasing.register(model()).version
    with pytest.raises(NotFound, match=f"no version of {OTHER} serves yet"):
        graphs.releasing.prepare(number)
    assert set(graphs.releasing.target.versions) == {"1"}


def test_requests_hold_what_all_models_read_and_are_tested_and_described_so(graphs: Graphs) -> None:
    with_risk = msgspec.structs.replace(OTHERS, columns=[RISK, *SIGNATURE.columns[1:]])
    graphs.promote_other(logistic_model(), 3, with_risk)
    releasing = graphs.releasing
    number = releasing.register(model()).version
    prepared = graphs.release(number)
    release = releasing.versions.release(prepared.lambda_version)
    assert release is not None
    signature = signature_of_release(releasing.artifacts, MODEL, release)
    assert signature is not None
    assert [column.name for column in signature.instance_columns][-1] == "risk"
    kept = read_graph(releasing.artifacts, MODEL, number, release.code_sha256)
    assert kept.instances[0]["risk"] == 0.5
    assert len(graphs.answer(prepared, risk=0.25)) == 3


def test_a_graph_that_answers_nonsense_meets_no_client(graphs: Graphs) -> None:
    graphs.promote_other(logistic_model(), 3)
    nonsense = msgspec.structs.replace(
        graph(),
        answer="twice",
        nodes={**graph().nodes, **graph_of("twice", twice={"score": "score + 1", "of": ["blend"]}).nodes},
    )
    packaging = graphs.releasing.preparation.graph
    assert isinstance(packaging, GraphPackaging)
    graphs.releasing.preparation = replace(
        graphs.releasing.preparation, graph=replace(packaging, graph=nonsense)
    )
    number = graphs.releasing.register(model()).version
    with pytest.raises(GoldenRequestsFailed, match="the node 'twice' failed"):
        graphs.releasing.prepare(number)
    assert graphs.releasing.versions.releases() == []
