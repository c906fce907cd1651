"""Composition root of `build_training_set`: builds ``TrainingSetBuilder`` from the environment."""

from __future__ import annotations

from functools import partial
from typing import Any

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.application.build_training_set import TrainingSetBuilder
from keepfit.application.engines import engine_of
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles

# Two thirds of the function's memory, and the threads that such a function has.
_MEMORY_MB, _THREADS = 2048, 2


def build(event: dict[str, Any]) -> dict[str, Any]:
    """Builds the training set of ``event["run_id"]``; see ``TrainingSetBuilder.build``."""
    builder = TrainingSetBuilder(
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            ModelScope(setting(variables.MODEL)).run(event["run_id"]),
        ),
        lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
        engine_of=partial(engine_of, memory_mb=_MEMORY_MB, threads=_THREADS),
    )
    return builder.build()
