"""Composition root of `prepare_release`: builds ``Preparation``, and prunes old versions."""

from __future__ import annotations

from typing import Any

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.lambda_releases import LambdaLiveRouting, LambdaReleases
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.runtime.definition import deployed_model, model_of_run
from keepfit.runtime.registry_items import registry_items, release_ledger
from keepfit.runtime.settings import setting
from keepfit.serving.release.prepare import Preparation, Prepared
from keepfit.serving.release.pruning import Pruned, Pruning


def preparation() -> Preparation:
    """Builds ``Preparation`` from environment variables.

    Raises NotFound where the stack left a variable out.
    """
    bucket, function = setting(variables.ARTIFACTS_BUCKET), setting(variables.PREDICT_FUNCTION)
    return Preparation(
        artifacts=S3Artifacts(bucket=bucket),
        bucket=bucket,
        handler=lambda: read_stack_file(setting(variables.HANDLER)),
        versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
        target=LambdaReleases(function=function),
        live=LambdaLiveRouting(function=function),
        now=instants.now,
    )


def prepare(event: dict[str, Any]) -> Prepared:
    """Prepares the version of ``event``, to be released as the run's definition says."""
    strategy = model_of_run(event["run_id"]).definition.release.strategy
    return preparation().prepare(event["version"], strategy)


def prune() -> Pruned:
    """Deletes the Lambda versions that the deployed definition does not keep."""
    function = setting(variables.PREDICT_FUNCTION)
    pruning = Pruning(
        live=LambdaLiveRouting(function=function),
        target=LambdaReleases(function=function),
        versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
        ledger=release_ledger(),
        now=instants.now,
    )
    return pruning.prune(deployed_model().definition.release.keep_versions)
