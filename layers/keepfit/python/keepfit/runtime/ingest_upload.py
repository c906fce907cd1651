"""Composition root of `ingest_upload`: builds ``Ingest`` from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.upload_tables import DuckdbUploadTables
from keepfit.application.screen_upload import UploadScreening
from keepfit.definitions.compiled_model import CompiledDataset
from keepfit.errors import InvalidRequest
from keepfit.features.datasets.ports import Lake
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.runtime.definition import deployed_dataset, deployed_datasets
from keepfit.runtime.settings import setting


def ingest(compiled: CompiledDataset, datasets: Mapping[str, CompiledDataset]) -> Ingest:
    """Builds ``Ingest`` from environment variables.

    Raises NotFound where the stack left a variable out.
    """
    lake = S3Lake(bucket=setting(variables.LAKE_BUCKET))
    return Ingest(
        dataset=compiled.name,
        definition=compiled.definition,
        intake=S3Intake(bucket=setting(variables.INTAKE_BUCKET)),
        lake=lake,
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=compiled.definition.keep),
        events=EventBridge(),
        screening=_screening(compiled, lake),
        others={name: each.definition for name, each in datasets.items()},
    )


def _screening(compiled: CompiledDataset, lake: Lake) -> UploadScreening | None:
    definition = compiled.definition
    if definition.anomalies == "take":
        return None
    tables = DuckdbUploadTables(definition=definition, labels=compiled.labels)
    return UploadScreening(definition=definition, lake=lake, tables=tables)


def ingest_uploaded(event: dict[str, Any]) -> Ingested:
    """Ingests the object of an S3 "Object Created" event into the dataset of its folder."""
    uploaded = event["detail"]["object"]
    key = uploaded["key"]
    name, below, _ = key.partition("/")
    datasets = deployed_datasets().datasets
    compiled = datasets.get(name) if below else None
    if compiled is None:
        reason = f"no dataset is called {name!r}: a file is taken from the folder of its dataset"
        return Ingested(outcome="ignored", dataset=name, key=key, reason=reason)
    return ingest(compiled, datasets).take(key, uploaded.get("version-id"))


class _Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="action"):
    """A person's wish for an uploaded object."""

    dataset: str
    key: str
    version_id: str
    who: str
    why: str


class TakeAgain(_Asked, frozen=True, kw_only=True, tag="again"):
    """A person wants an uploaded object to be read anew, by the definition as it stands now."""


class Discard(_Asked, frozen=True, kw_only=True, tag="discard"):
    """A person wants an upload that is held to stay out."""


def decide(event: dict[str, Any]) -> Ingested:
    """Reads an uploaded object again, or discards one that is held.

    Raises:
        InvalidRequest: an action that does not exist, or one without what it needs.
        NotFound: there is no such dataset or object, or no longer.
        Conflict: what is to be discarded is not held.
    """
    try:
        asked = msgspec.convert(event, TakeAgain | Discard)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"ingest_upload cannot perform this action: {error}", code="invalid_action"
        ) from error
    ingesting = ingest(deployed_dataset(asked.dataset), deployed_datasets().datasets)
    act = ingesting.discard if isinstance(asked, Discard) else ingesting.again
    return act(asked.key, asked.version_id, who=asked.who, why=asked.why)
