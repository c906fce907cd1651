"""Puts together the training task, which runs in an image of its own."""

from __future__ import annotations

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.application.train_candidate import CandidateTask
from keepfit.runtime.settings import setting


def candidate_task() -> CandidateTask:
    """As the environment says. Raises NotFound where the task definition or the state machine left a variable out."""
    return CandidateTask(
        model=setting("model"),
        run_id=setting("run_id"),
        candidate=setting("candidate"),
        artifacts=S3Artifacts(bucket=setting("artifacts_bucket")),
        engine=DuckdbEngine(memory_mb=2048, threads=1),
    )
