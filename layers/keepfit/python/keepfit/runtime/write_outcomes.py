"""Composition root of `write_outcomes`: builds ``ReportingOutcomes`` from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.api_routes import OUTCOMES_PATH
from keepfit.errors import NotFound
from keepfit.features.live.upload import LiveUploads
from keepfit.monitoring.outcomes.write import Reported, ReportingOutcomes
from keepfit.runtime.access import refused
from keepfit.runtime.definition import deployed_datasets
from keepfit.runtime.live_writes import answered, read_body
from keepfit.runtime.settings import setting


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    outcomes: list[Any]
    event_id: str | None = None


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response to an API Gateway event: 202, as outcomes count with the next version of their dataset."""
    told = refused(event, OUTCOMES_PATH, event["pathParameters"]["model"])
    if told is not None:
        return told
    return answered(lambda: _write(event), unknown="unknown_model")


def _write(event: Mapping[str, Any]) -> tuple[int, Reported]:
    body = read_body(event, _Body, example='{"outcomes": [{"prediction_id": "...", "outcome": ...}]}')
    return 202, _reporting(event["pathParameters"]["model"]).report(body.outcomes, body.event_id)


def _reporting(model: str) -> ReportingOutcomes:
    """Raises NotFound for a model whose outcomes are not reported so."""
    datasets = deployed_datasets().datasets
    if model not in datasets:
        there = ", ".join(sorted(datasets)) or "none"
        raise NotFound(f"no model {model!r} takes outcomes by prediction id; those that do: {there}")
    own = datasets[model]
    uploads = LiveUploads(
        dataset=own.name,
        definition=own.definition,
        intake=S3Artifacts(bucket=setting(variables.INTAKE_BUCKET)),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=own.definition.keep),
    )
    return ReportingOutcomes(model=model, uploads=uploads)
