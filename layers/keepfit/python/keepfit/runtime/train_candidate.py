"""Composition root of the training task, which runs in an image of its own."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.application.train_candidate import CandidateTask
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles


def candidate_task() -> CandidateTask:
    """Builds ``CandidateTask`` from environment variables.

    Raises NotFound where the task definition or the state machine left a variable out.
    """
    return CandidateTask(
        candidate=setting(variables.CANDIDATE),
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            ModelScope(setting(variables.MODEL)).run(setting(variables.RUN_ID)),
        ),
        rows=DuckdbRows(),
    )
