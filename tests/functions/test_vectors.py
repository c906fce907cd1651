"""Vectors, from an upload to answers: the digits that scikit-learn ships, as lists of 64 numbers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.application.holdout import read_holdout
from keepfit.application.train_candidate import CandidateTask
from keepfit.definitions import compiling
from keepfit.definitions import model as definitions
from keepfit.errors import InvalidRequest
from keepfit.features.ingest.ingest import Ingest
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.runs.run_files import RunFiles
from tests.functions import run_documents
from tests.functions.conftest import Load
from tests.functions.small_run import RUN_ID

TOML = """
[dataset.digits.fields]
pixels = { type = "vector", length = 64, path = "$.image.pixels" }
digit  = { type = "category" }
[model.digit]
dataset = "digits"
label   = "digit"
inputs  = ["pixels"]
[model.digit.training.candidates.logistic]
algorithm = "logistic_regression"
"""


def digits() -> bytes:
    images, labels = load_digits(return_X_y=True)
    rows = [
        {"image": {"pixels": image}, "digit": str(label)}
        for image, label in zip(images.tolist(), labels, strict=True)
    ]
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


@pytest.fixture
def files(
    training_stack: None,
    load: Load,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> RunFiles:
    """A run whose training set was built from one upload, and whose candidate was trained."""
    for bucket in ("intake", "lake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    monkeypatch.setenv("KEEPFIT_MODEL", "digit")
    (tmp_path / "digits.toml").write_text(TOML)
    catalogue = compiling.load(tmp_path)
    client("s3").put_object(Bucket="intake", Key="digits/all.jsonl", Body=digits())
    taken = Ingest(
        dataset="digits",
        definition=catalogue.dataset["digits"],
        intake=S3Intake(bucket="intake"),
        lake=S3Lake(bucket="lake"),
        records=DynamoDatasets(table="registry"),
        events=MemoryEvents(),
    ).take("digits/all.jsonl", None)
    assert taken.version is not None, taken.reason
    folder, artifacts = f"runs/digit/{RUN_ID}", S3Artifacts(bucket="artifacts")
    artifacts.put(
        f"{folder}/definition.json", definitions.encode(compiling.compile_model(catalogue, "digit"))
    )
    artifacts.put(f"{folder}/run.json", run_documents.admitted_run({"digits": taken.version}))
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    files = RunFiles(artifacts, folder)
    CandidateTask(candidate="logistic", files=files, rows=DuckdbRows()).run(lambda _line: None)
    return files


def test_a_model_of_vectors_answers_requests_that_hold_them(files: RunFiles) -> None:
    own = files.candidate("logistic")
    scorer = Scorer.load(own.get("model.onnx"), own.get("signature.json"))
    holdout = read_holdout(files.rows.get("holdout.jsonl"))
    instances = [json.loads(bytes(row.instance)) for row in holdout]
    outputs = scorer.score(scorer.decode(json.dumps({"instances": instances[:300]})))
    native = np.load(io.BytesIO(own.get("scores.npy")))
    assert np.abs(outputs - native[:300]).max() < 1e-6
    answers = np.asarray(scorer.task.decide(outputs))
    labels = np.asarray([row.label for row in holdout[:300]])
    assert np.mean(answers == labels) > 0.9

    def refused(pixels: Any) -> Any:
        with pytest.raises(InvalidRequest) as refusal:
            scorer.decode(json.dumps({"instances": [instances[0], {"pixels": pixels}]}))
        return refusal.value.details

    assert refused([0.5] * 63) == [(1, "pixels", "has not 64 numbers")]
    assert refused("dark")[0][:2] == (1, "pixels")
    assert refused([1e39] * 64) == [(1, "pixels", "is not a finite number of at most 3.4e38")]
    assert refused(None) == [(1, "pixels", "is null, and the field is not nullable")]
