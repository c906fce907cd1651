"""A run whose training set was built from one upload, and whose candidates were trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.application.train_candidate import CandidateTask
from keepfit.definitions import compiled_model as definitions
from keepfit.definitions import compiling
from keepfit.features.ingest.ingest import Ingest
from keepfit.training.runs.run_files import RunFiles
from tests.functions import run_documents
from tests.functions.conftest import Load
from tests.functions.small_run import RUN_ID


def trained(
    folder: Path,
    toml: str,
    key: str,
    body: bytes,
    *,
    load: Load,
    context: SimpleNamespace,
    candidates: Sequence[str],
) -> RunFiles:
    """Ingests ``body`` into the dataset of ``key``, builds the training set of the one model of ``toml``, and trains.

    The environment names the lake and the model; ``folder`` is scratch.
    """
    for bucket in ("intake", "lake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    (folder / "model.toml").write_text(toml)
    catalogue = compiling.load(folder)
    dataset, [model] = key.partition("/")[0], [*catalogue.model]
    client("s3").put_object(Bucket="intake", Key=key, Body=body)
    taken = Ingest(
        dataset=dataset,
        definition=catalogue.dataset[dataset],
        intake=S3Intake(bucket="intake"),
        lake=S3Lake(bucket="lake"),
        records=DynamoDatasets(table="registry"),
        events=MemoryEvents(),
    ).take(key, None)
    assert taken.version is not None, taken.reason
    run, artifacts = f"runs/{model}/{RUN_ID}", S3Artifacts(bucket="artifacts")
    artifacts.put(f"{run}/definition.json", definitions.encode(compiling.compile_model(catalogue, model)))
    artifacts.put(f"{run}/run.json", run_documents.admitted_run({dataset: taken.version}))
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    files = RunFiles(artifacts, run)
    for candidate in candidates:
        CandidateTask(candidate=candidate, files=files, rows=DuckdbRows()).run(lambda _line: None)
    return files
