"""Composition root of the step that measures a worker's trials, which runs in the training image."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.application.measure_trials import MeasuringTask
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles


def measuring_task() -> MeasuringTask:
    """Builds ``MeasuringTask`` from environment variables.

    Raises NotFound where the task definition or the state machine left a variable out.
    """
    return MeasuringTask(
        candidate=setting(variables.CANDIDATE),
        number=int(setting(variables.SEARCH_ROUND)),
        worker=int(setting(variables.SEARCH_WORKER)),
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            ModelScope(setting(variables.MODEL)).run(setting(variables.RUN_ID)),
        ),
        rows=DuckdbRows(),
    )
