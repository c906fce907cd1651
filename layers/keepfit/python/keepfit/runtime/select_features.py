"""Composition root of the step that selects features, which runs in the training image."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.application.select_features import SelectionTask
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles


def selection_task() -> SelectionTask:
    """Builds ``SelectionTask`` from environment variables.

    Raises NotFound where the task definition or the state machine left a variable out.
    """
    return SelectionTask(
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            ModelScope(setting(variables.MODEL)).run(setting(variables.RUN_ID)),
        ),
        rows=DuckdbRows(),
    )
