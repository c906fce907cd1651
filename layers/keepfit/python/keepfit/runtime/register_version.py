"""Composition root of `register_version`: builds ``Registration`` from environment variables."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.application.register_version import Registration
from keepfit.runtime.settings import setting


def registration() -> Registration:
    """Builds ``Registration`` from environment variables.

    Raises NotFound where the stack left a variable out.
    """
    model = setting(variables.MODEL)
    return Registration(
        model=model,
        artifacts=S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
        versions=DynamoVersions(
            items=ModelItems(table=setting(variables.REGISTRY_TABLE), model=model),
            stack=setting(variables.STACK_ID),
        ),
    )
