"""Register: the winner's files become a version that proves itself, once per run."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.application.holdout import read_holdout
from keepfit.application.register_version import Registration
from keepfit.errors import InvalidModel, NotFound
from keepfit.layout import rows_folder
from keepfit.monitoring.estimation.confidence_based import ConfidenceBased
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.season import SeasonProfile
from keepfit.registry.artifact_store import ArtifactStore, sha256
from keepfit.registry.versions import read_files, read_manifest
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.judging.judgement import CandidateEvaluation
from keepfit.training.runs.run_files import JUDGEMENT, RunFiles
from tests.functions.conftest import Load
from tests.functions.small_run import ARTIFACTS, FOLDER, RUN_ID
from tests.functions.won_run import WINNER, put_won_run
from tests.unit.serving.support.small_model import growing_model

FILES = (
    "explainer.msgpack",
    "golden.json",
    "judgement.json",
    "model.onnx",
    "profile.json",
    "report.json",
    "signature.json",
)
EVENT = {"run_id": RUN_ID, "winner": WINNER}


class Dies(MemoryArtifacts):
    """A bucket that kills whoever writes the key that ends with ``at``."""

    at = "nothing"

    def put_new(self, key: str, body: bytes) -> None:
        if key.endswith(self.at):
            raise SystemExit(137)
        MemoryArtifacts.put_new(self, key, body)


def registration(artifacts: ArtifactStore, versions: MemoryVersions) -> Registration:
    return Registration(model="delay", artifacts=artifacts, versions=versions)


@pytest.fixture
def artifacts() -> MemoryArtifacts:
    made = Dies()
    put_won_run(made)
    return made


@pytest.fixture
def versions() -> MemoryVersions:
    return MemoryVersions(model="delay")


@pytest.mark.usefixtures("training_stack")
def test_the_function_registers_the_winner(load: Load, context: SimpleNamespace) -> None:
    put_won_run(ARTIFACTS)
    handler = load("register_version/handler").handler
    assert handler(EVENT, context) == {"version": 1}
    assert handler(EVENT, context) == {"version": 1}
    version = DynamoVersions(items=ModelItems(table="registry", model="delay"), stack="stack").get(1)
    assert (version.model, version.run_id) == ("delay", RUN_ID)
    assert version.metrics["roc_auc"] > 0.5
    assert ARTIFACTS.list("models/delay/000001/") == [
        f"models/delay/000001/{name}" for name in sorted([*FILES, "manifest.json"])
    ]


def test_the_figures_of_a_version_are_those_of_the_holdout_that_chose_nothing(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    files = RunFiles(artifacts, FOLDER)
    judged = CandidateEvaluation(
        candidate=WINNER, validation=0.9, metric=0.7, metrics={"roc_auc": 0.7, "brier": 0.2}
    )
    judgement = msgspec.structs.replace(files.judgement(), evaluations=[judged])
    files.put(JUDGEMENT, msgspec.json.encode(judgement))
    version = registration(artifacts, versions).register(RUN_ID, WINNER)
    assert version.metrics == {"roc_auc": 0.7, "brier": 0.2}


def test_a_version_says_where_it_comes_from(artifacts: MemoryArtifacts, versions: MemoryVersions) -> None:
    version = registration(artifacts, versions).register(RUN_ID, WINNER)
    manifest = read_manifest(artifacts, version)
    assert manifest.data == {"flights": 2}
    assert (manifest.digests["definition"], manifest.digests["code"]) == ("def1", "c0de")
    assert len(manifest.digests["data"]) == len(manifest.digests["packages"]) == 64
    assert tuple(manifest.files) == FILES
    candidate = artifacts.get(f"{FOLDER}/candidates/{WINNER}/model.onnx")
    assert manifest.files["model.onnx"] == sha256(candidate)


def test_golden_requests_are_what_the_registered_files_answer(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    files = read_files(artifacts, registration(artifacts, versions).register(RUN_ID, WINNER), FILES)
    golden: list[dict[str, Any]] = json.loads(files["golden.json"])
    scorer = Scorer.load(files["model.onnx"], files["signature.json"])
    body = json.dumps({"instances": [request["instance"] for request in golden]})
    assert scorer.score(scorer.decode(body)).tolist() == [request["outputs"] for request in golden]
    assert len(golden) >= 8
    assert None in {request["instance"]["temp"] for request in golden}


def test_the_profile_knows_the_scores(artifacts: MemoryArtifacts, versions: MemoryVersions) -> None:
    files = read_files(artifacts, registration(artifacts, versions).register(RUN_ID, WINNER), FILES)
    profile = ReferenceProfile.from_json(files["profile.json"])
    assert sum(profile.outputs["probability"].counts) == 500


def test_the_profile_estimates_the_model_by_what_its_holdout_showed(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    version = registration(artifacts, versions).register(RUN_ID, WINNER)
    profile = ReferenceProfile.from_json(read_files(artifacts, version, FILES)["profile.json"])
    assert isinstance(profile.estimator, ConfidenceBased)
    assert profile.estimator.rows == 500
    files = RunFiles(artifacts, FOLDER)
    labels = [row.label for row in read_holdout(files.rows.get("holdout.jsonl"))]
    scores = np.load(io.BytesIO(files.candidate(WINNER).get("scores.npy")))
    assert profile.estimator.judged["roc_auc"] == pytest.approx(roc_auc_score(labels, scores))


def test_scores_have_null_distributions_where_inputs_have(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    key, holdout = f"{FOLDER}/profile.json", f"{rows_folder(FOLDER)}/holdout.jsonl"
    profile = ReferenceProfile.from_json(artifacts.get(key))
    season = SeasonProfile(season="year", rows=[profile.rows, *[0] * 11], counts={}, grids={})
    artifacts.put(key, msgspec.structs.replace(profile, window_seconds=24 * 3600, season=season).to_json())
    lines = [json.loads(line) for line in artifacts.get(holdout).splitlines()]
    timed = [
        {**line, "event_time": f"2013-01-{1 + n // 24:02}T{n % 24:02}:00:00Z"} for n, line in enumerate(lines)
    ]
    artifacts.put(holdout, msgspec.json.Encoder().encode_lines(timed))
    files = read_files(artifacts, registration(artifacts, versions).register(RUN_ID, WINNER), FILES)
    registered = ReferenceProfile.from_json(files["profile.json"])
    assert {"psi", "wasserstein"} <= set(registered.outputs["probability"].nulls)
    assert registered.output_season is not None
    assert registered.output_season.rows == [500, *[0] * 11]


@pytest.mark.parametrize("at", [*FILES, "manifest.json"])
def test_a_registration_that_dies_shows_nothing_and_its_retry_completes_the_same_version(
    artifacts: Dies, versions: MemoryVersions, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(Dies, "at", at)
        with pytest.raises(SystemExit):
            registration(artifacts, versions).register(RUN_ID, WINNER)
    assert versions.all() == []
    version = registration(artifacts, versions).register(RUN_ID, WINNER)
    assert version.version == 1
    assert set(read_files(artifacts, version, FILES)) == set(FILES)


def test_runs_get_versions_of_their_own(artifacts: MemoryArtifacts, versions: MemoryVersions) -> None:
    put_won_run(artifacts, "another-run")
    numbers = [
        registration(artifacts, versions).register(run, WINNER).version for run in (RUN_ID, "another-run")
    ]
    assert numbers == [1, 2]


def test_a_candidate_that_did_not_win_is_not_registered(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    with pytest.raises(NotFound, match="names 'forest'"):
        registration(artifacts, versions).register(RUN_ID, "logistic")
    assert versions.all() == []


@pytest.mark.parametrize("model", [b"nonsense", growing_model()])
def test_a_hostile_model_is_not_registered(
    artifacts: MemoryArtifacts, versions: MemoryVersions, model: bytes
) -> None:
    artifacts.put(f"{FOLDER}/candidates/{WINNER}/model.onnx", model)
    with pytest.raises(InvalidModel):
        registration(artifacts, versions).register(RUN_ID, WINNER)
    assert versions.all() == []
    assert artifacts.list("models/") == []


def test_scores_that_would_run_code_when_read_are_refused(
    artifacts: MemoryArtifacts, versions: MemoryVersions
) -> None:
    pickled = io.BytesIO()
    np.save(pickled, np.array([object]), allow_pickle=True)
    artifacts.put(f"{FOLDER}/candidates/{WINNER}/scores.npy", pickled.getvalue())
    with pytest.raises(InvalidModel, match=r"scores\.npy"):
        registration(artifacts, versions).register(RUN_ID, WINNER)
