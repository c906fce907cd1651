"""Composition root of `build_training_set`: builds ``TrainingSetBuilder`` from the environment."""

from __future__ import annotations

from typing import Any

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.application.build_training_set import TrainingSetBuilder
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles

# Two thirds of the function's memory; DuckDB spills what is more. Two threads are what such a function has.
_ENGINE = DuckdbEngine(memory_mb=2048, threads=2)


def build(event: dict[str, Any]) -> dict[str, Any]:
    """Builds the training set of ``event["run_id"]``; see ``TrainingSetBuilder.build``."""
    builder = TrainingSetBuilder(
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            ModelScope(setting(variables.MODEL)).run(event["run_id"]),
        ),
        lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
        engine=_ENGINE,
    )
    return builder.build()
