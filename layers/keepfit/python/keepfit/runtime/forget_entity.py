"""Composition root of `forget_entity`: builds ``Forgetting`` from environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_online import DynamoMaterializations
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.aws.s3_object_versions import S3Forgotten, S3ObjectVersions
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.application.forget_entity import Forgetting
from keepfit.application.forget_runs import ForgettingRuns
from keepfit.definitions.compiled_model import CompiledDataset
from keepfit.definitions.online_views import decode_online_views
from keepfit.errors import InvalidRequest
from keepfit.features.forgetting.record import Forgotten
from keepfit.runtime.definition import deployed_dataset
from keepfit.runtime.settings import setting

# One more file must be read, checked and written in it.
_SECONDS_OF_A_FILE = 240.0


class Forget(msgspec.Struct, frozen=True, kw_only=True):
    """Forgets an entity for a person, or looks (``dry_run``) what there is of it.

    ``train`` says whether models train because of it.
    """

    dataset: str
    field: str
    value: str
    who: str
    why: str = ""
    train: bool = True
    dry_run: bool = False


def forget(event: dict[str, Any], seconds_left: Callable[[], float]) -> Forgotten:
    """Forgets the entity that a person names, as far as there is time.

    Raises:
        InvalidRequest: something that it needs is missing, or names nobody.
        NotFound: there is no such dataset.
    """
    try:
        asked = msgspec.convert(event, Forget)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"forget_entity cannot perform this action: {error}", code="invalid_action"
        ) from error
    forgetting = _forgetting(deployed_dataset(asked.dataset))
    goes_on = lambda: seconds_left() > _SECONDS_OF_A_FILE  # noqa: E731
    if asked.dry_run:
        return forgetting.look(asked.field, asked.value, goes_on=goes_on)
    return forgetting.forget(
        asked.field, asked.value, who=asked.who, why=asked.why, train=asked.train, goes_on=goes_on
    )


def _forgetting(compiled: CompiledDataset) -> Forgetting:
    lake, registry = setting(variables.LAKE_BUCKET), setting(variables.REGISTRY_TABLE)
    intake = setting(variables.INTAKE_BUCKET)
    return Forgetting(
        dataset=compiled.name,
        definition=compiled.definition,
        lake=S3Lake(bucket=lake),
        intake=S3Intake(bucket=intake),
        records=DynamoDatasets(table=registry, keep=compiled.definition.keep),
        events=EventBridge(),
        rows=S3ObjectVersions(bucket=lake),
        uploads=S3ObjectVersions(bucket=intake),
        runs=ForgettingRuns(
            dataset=compiled.name,
            lake=S3Lake(bucket=lake),
            artifacts=S3ObjectVersions(bucket=setting(variables.ARTIFACTS_BUCKET)),
            runs=lambda model: DynamoRuns(ModelItems(table=registry, model=model)),
        ),
        forgotten=S3Forgotten(bucket=lake),
        views=_views(compiled.name),
        materialized=DynamoMaterializations(table=registry),
    )


def _views(dataset: str) -> list[str]:
    """The online views of a dataset; none where no view at all is online."""
    location = os.environ.get(variables.ONLINE_VIEWS)
    if not location:
        return []
    views = decode_online_views(read_stack_file(location))
    return [name for name, view in views.items() if view.definition.dataset == dataset]
