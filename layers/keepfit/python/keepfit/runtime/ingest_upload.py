"""Composition root of `ingest_upload`: builds ``Ingest`` from environment variables."""

from __future__ import annotations

from typing import Any

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.definitions.model import CompiledDataset
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingested import Ingested
from keepfit.runtime.definition import deployed_datasets
from keepfit.runtime.settings import setting


def ingest(compiled: CompiledDataset) -> Ingest:
    """Builds ``Ingest`` from environment variables.

    Raises NotFound where the stack left a variable out.
    """
    return Ingest(
        dataset=compiled.name,
        definition=compiled.definition,
        intake=S3Intake(bucket=setting(variables.INTAKE_BUCKET)),
        lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=compiled.definition.keep),
        events=EventBridge(),
    )


def ingest_uploaded(event: dict[str, Any]) -> Ingested:
    """Ingests the object of an S3 "Object Created" event into the dataset of its folder."""
    uploaded = event["detail"]["object"]
    key = uploaded["key"]
    name, below, _ = key.partition("/")
    compiled = deployed_datasets().datasets.get(name) if below else None
    if compiled is None:
        reason = f"no dataset is called {name!r}: a file is taken from the folder of its dataset"
        return Ingested(outcome="ignored", dataset=name, key=key, reason=reason)
    return ingest(compiled).take(key, uploaded.get("version-id"))
