"""Composition root of the functions of batches: builds ``BatchJobs`` from environment variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_batch_files import S3BatchFiles
from keepfit.errors import InvalidRequest, NotFound
from keepfit.layout import ModelScope
from keepfit.registry.versions import read_model
from keepfit.runtime.deployed_models import deployed_model
from keepfit.runtime.settings import setting
from keepfit.serving.batch.job import PARTS, JobRequest
from keepfit.serving.batch.run_job import BatchJobs

_T = TypeVar("_T")


class _Models:
    """See ``serving.batch.ports.BatchModels``: those that are deployed."""

    def serving(self, model: str) -> int:
        serving = deployed_model(model).serving()
        if not serving:
            raise NotFound(f"no version of {model} is released yet; name one with --version")
        return serving[0].version

    def files(self, model: str, version: int) -> Mapping[str, bytes]:
        deployed = deployed_model(model)
        return read_model(deployed.store, deployed.versions.get(version))


class _PartRequest(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    job: str
    part: int


def batch_jobs() -> BatchJobs:
    """The steps of jobs. Raises NotFound where the stack left a variable out."""
    return BatchJobs(
        files=S3BatchFiles(bucket=setting(variables.INTAKE_BUCKET)),
        results=S3Artifacts(bucket=setting(variables.LAKE_BUCKET)),
        models=_Models(),
    )


def plan_batch(event: dict[str, Any]) -> dict[str, Any]:
    """Plans the job of ``{"model", "key", "version_id", "job"}``; the key of its parts, and their number."""
    request = _asked(event, JobRequest)
    plan = batch_jobs().plan(request)
    folder = ModelScope(request.model).batch_job(request.job)
    return {"parts": folder + PARTS, "count": len(plan.parts)}


def score_batch_part(event: dict[str, Any]) -> dict[str, Any]:
    """Scores the part of ``{"model", "job", "part"}``; what came of it."""
    asked = _asked(event, _PartRequest)
    result: dict[str, Any] = msgspec.to_builtins(batch_jobs().score(asked.model, asked.job, asked.part))
    return result


def close_batch(event: dict[str, Any]) -> dict[str, Any]:
    """Writes the summary of ``{"request"}``, or why it came to nothing where it has an ``error``."""
    request = _asked(event["request"], JobRequest)
    if "error" in event:
        refused = batch_jobs().refuse(
            request.model, request.job, msgspec.to_builtins(request), _reason(event["error"])
        )
        return {"refused": refused.reason}
    summary: dict[str, Any] = msgspec.to_builtins(batch_jobs().close(request.model, request.job))
    return summary


def _asked(event: Any, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(event, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"a step of a batch cannot be asked so: {error}", code="invalid_action"
        ) from error


def _reason(error: Mapping[str, Any]) -> str:
    """What the state machine caught, as the function said it."""
    cause = str(error.get("Cause", ""))
    try:
        said = json.loads(cause)
        return str(said["errorMessage"])
    except (ValueError, LookupError, TypeError):
        return cause or str(error.get("Error", "it failed without a word"))
