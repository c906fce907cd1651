"""Composition root of live performance: builds ``LivePerformance`` from environment variables."""

from __future__ import annotations

from msgspec import UNSET

from keepfit import instants, variables
from keepfit.adapters.aws.cloudwatch_metrics import CloudWatchMetrics
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.outcome_pairs import DuckdbOutcomePairs
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.schema.signature import from_json
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.measure import AnsweringVersion
from keepfit.monitoring.outcomes.performance import LivePerformance
from keepfit.monitoring.outcomes.ports import OutcomePairs
from keepfit.monitoring.outcomes.untold import UntoldOutcomes
from keepfit.registry.versions import read_files
from keepfit.runtime.champion import present_champion
from keepfit.runtime.reference_profile import reference_profile
from keepfit.runtime.settings import setting

_SIGNATURE = "signature.json"


def live_performance(compiled: CompiledModel, collection: Collection) -> LivePerformance:
    """Builds the measurement of a model: estimated, and on its outcomes where there are any."""
    table, lake = setting(variables.REGISTRY_TABLE), setting(variables.LAKE_BUCKET)
    items = ModelItems(table=table, model=compiled.name)
    predictions = ParquetPredictions(files=S3Artifacts(bucket=lake), model=compiled.name)
    outcomes, definition = compiled.outcomes, compiled.definition.outcomes
    pairs: OutcomePairs = UntoldOutcomes(predictions=predictions)
    if outcomes is not UNSET:
        pairs = DuckdbOutcomePairs(
            outcomes=outcomes,
            predictions=predictions,
            lake=S3Lake(bucket=lake),
            records=DynamoDatasets(table=table),
        )
    return LivePerformance(
        model=compiled.name,
        dataset="" if outcomes is UNSET else outcomes.dataset,
        definition=OutcomesDefinition() if definition is UNSET else definition,
        window=compiled.definition.monitoring.window,
        metric=compiled.definition.gates.metric or "",
        pairs=pairs,
        predictions=predictions,
        version_of=lambda version: _version(items, version, alone=not compiled.graph),
        newest_event=lambda: collection.progress.load().newest_event,
        champion=lambda: present_champion(items),
        metrics=CloudWatchMetrics(model=compiled.name),
        clock=instants.now,
    )


def _version(items: ModelItems, number: int, *, alone: bool) -> AnsweringVersion:
    registered = DynamoVersions(items=items, stack=setting(variables.STACK_ID)).get(number)
    files = read_files(S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)), registered, [_SIGNATURE])
    return AnsweringVersion(
        task=from_json(files[_SIGNATURE]).task,
        judged=registered.metrics,
        estimator=reference_profile(items, number, alone=alone).estimator,
    )
