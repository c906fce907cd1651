"""Puts together what takes uploads into a dataset."""

from __future__ import annotations

from typing import Any

from keepfit.adapters.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.eventbridge import EventBridge
from keepfit.adapters.s3_intake import S3Intake
from keepfit.adapters.s3_lake import S3Lake
from keepfit.features.ingest import Ingest, Ingested
from keepfit.runtime.definition import deployed_dataset
from keepfit.runtime.settings import setting


def ingest() -> Ingest:
    """As the environment says. Raises NotFound where the stack left a variable out."""
    compiled = deployed_dataset()
    return Ingest(
        dataset=compiled.name,
        definition=compiled.definition,
        intake=S3Intake(bucket=setting("intake_bucket")),
        lake=S3Lake(bucket=setting("lake_bucket")),
        records=DynamoDatasets(table=setting("registry_table"), keep=compiled.definition.keep),
        events=EventBridge(),
    )


def ingest_uploaded(event: dict[str, Any]) -> Ingested:
    """Takes the object of an S3 "Object Created" event into the function's dataset, or refuses it."""
    uploaded = event["detail"]["object"]
    return ingest().take(uploaded["key"], uploaded.get("version-id"))
