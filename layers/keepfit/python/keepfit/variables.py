"""Names of the environment variables by which a stack passes names of resources to functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ARTIFACTS_BUCKET: Final = "KEEPFIT_ARTIFACTS_BUCKET"
BATCHES: Final = "KEEPFIT_BATCHES"
CANDIDATE: Final = "KEEPFIT_CANDIDATE"
CATALOGUE_DATABASE: Final = "KEEPFIT_CATALOGUE_DATABASE"
CODE_DIGEST: Final = "KEEPFIT_CODE_DIGEST"
COMPUTE: Final = "KEEPFIT_COMPUTE"
DEFINITION: Final = "KEEPFIT_DEFINITION"
DRIFT_ALARM: Final = "KEEPFIT_DRIFT_ALARM"
HANDLER: Final = "KEEPFIT_HANDLER"
INTAKE_BUCKET: Final = "KEEPFIT_INTAKE_BUCKET"
LAKE_BUCKET: Final = "KEEPFIT_LAKE_BUCKET"
MLFLOW_URI: Final = "KEEPFIT_MLFLOW_URI"
MODEL: Final = "KEEPFIT_MODEL"
MOVED: Final = "KEEPFIT_MOVED"
NEXT_ROUTE: Final = "KEEPFIT_NEXT_ROUTE"
ONLINE_TABLE: Final = "KEEPFIT_ONLINE_TABLE"
PREDICT_FUNCTION: Final = "KEEPFIT_PREDICT_FUNCTION"
QUOTA: Final = "KEEPFIT_QUOTA"
QUOTAS_TABLE: Final = "KEEPFIT_QUOTAS_TABLE"
REGISTRY_TABLE: Final = "KEEPFIT_REGISTRY_TABLE"
RUN_ID: Final = "KEEPFIT_RUN_ID"
SEARCH_ROUND: Final = "KEEPFIT_SEARCH_ROUND"
SEARCH_WORKER: Final = "KEEPFIT_SEARCH_WORKER"
SEGMENT_BATCH: Final = "KEEPFIT_SEGMENT_BATCH"
STACK_ID: Final = "KEEPFIT_STACK_ID"
STEP: Final = "KEEPFIT_STEP"
SUBSCRIPTIONS: Final = "KEEPFIT_SUBSCRIPTIONS"

OF_STEP: Final[Mapping[str, str]] = {
    "run_id": RUN_ID,
    "step": STEP,
    "candidate": CANDIDATE,
    "round": SEARCH_ROUND,
    "worker": SEARCH_WORKER,
    "batch": SEGMENT_BATCH,
    "compute": COMPUTE,
    "moved": MOVED,
}
"""By the fields of ``runtime.training_step.StepRequest``, those of a task of the training image."""
