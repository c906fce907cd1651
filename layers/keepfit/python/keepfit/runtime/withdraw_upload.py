"""Composition root of `withdraw_upload`: builds ``Withdrawing`` from environment variables."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.errors import InvalidRequest
from keepfit.features.ingest.withdraw import Withdrawing, Withdrawn
from keepfit.runtime.definition import deployed_dataset
from keepfit.runtime.settings import setting


class Withdraw(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraws an upload for a person; ``train`` says whether models train because of it."""

    dataset: str
    sha256: str
    who: str
    why: str
    train: bool = True


def withdraw(event: dict[str, Any]) -> Withdrawn:
    """Withdraws the upload that a person names from its dataset.

    Raises:
        InvalidRequest: something that it needs is missing.
        NotFound: there is no such dataset, or no such upload in it.
    """
    try:
        asked = msgspec.convert(event, Withdraw)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"withdraw_upload cannot perform this action: {error}", code="invalid_action"
        ) from error
    compiled = deployed_dataset(asked.dataset)
    withdrawing = Withdrawing(
        dataset=compiled.name,
        definition=compiled.definition,
        lake=S3Lake(bucket=setting(variables.LAKE_BUCKET)),
        records=DynamoDatasets(table=setting(variables.REGISTRY_TABLE), keep=compiled.definition.keep),
        events=EventBridge(),
    )
    return withdrawing.withdraw(asked.sha256, who=asked.who, why=asked.why, train=asked.train)
