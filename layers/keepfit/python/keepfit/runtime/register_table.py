"""Composition root of `register_table`: builds ``Registering`` from environment variables."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.glue_tables import GlueTables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.errors import InvalidRequest
from keepfit.features.catalogue.register import Registered, Registering
from keepfit.runtime.definition import deployed_dataset
from keepfit.runtime.settings import setting


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset whose table is to show its newest version: of an event, or as a person asks for it."""

    dataset: str


def register(event: dict[str, Any]) -> Registered:
    """Registers the newest version of the dataset that a "Dataset Updated" event, or a person, names.

    Raises:
        InvalidRequest: no dataset is named.
        NotFound: there is no such dataset, or it has no version yet.
        Transient: the same call again finishes the work.
    """
    try:
        asked = msgspec.convert(event.get("detail", event), _Asked)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"register_table needs the name of a dataset: {error}", code="invalid_action"
        ) from error
    compiled, bucket = deployed_dataset(asked.dataset), setting(variables.LAKE_BUCKET)
    return Registering(
        dataset=compiled.name,
        definition=compiled.definition,
        lake=S3Lake(bucket=bucket),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE)),
        tables=GlueTables(database=setting(variables.CATALOGUE_DATABASE), bucket=bucket),
        stored=S3Artifacts(bucket=bucket),
    ).register()
