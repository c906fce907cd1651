"""Composes ``LivePerformance`` and ``GainMeasurement`` of a model from environment variables."""

from __future__ import annotations

from msgspec import UNSET

from keepfit import instants, variables
from keepfit.adapters.aws.cloudwatch_metrics import CloudWatchMetrics
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.outcome_pairs import DuckdbOutcomePairs
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.features.schema.signature import from_json
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.monitoring.outcomes.gain import FormerAnswers, GainMeasurement, Retrained
from keepfit.monitoring.outcomes.measure import AnsweringVersion
from keepfit.monitoring.outcomes.pairs import Answered
from keepfit.monitoring.outcomes.performance import LivePerformance
from keepfit.monitoring.outcomes.ports import OutcomePairs
from keepfit.monitoring.outcomes.untold import UntoldOutcomes
from keepfit.registry.versions import read_files
from keepfit.runtime.champion import present_champion
from keepfit.runtime.reference_profile import reference_profile
from keepfit.runtime.settings import setting
from keepfit.tasks.spec import TaskSpec

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


def gain_measurement(compiled: CompiledModel, live: LivePerformance) -> GainMeasurement | None:
    """Builds the measurement of a version's later gain; None without outcomes, and for graphs."""
    if compiled.outcomes is UNSET or compiled.graph:
        return None
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=compiled.name)
    return GainMeasurement(
        definition=live.definition,
        window=live.window,
        metric=live.metric or None,
        pairs=live.pairs,
        retrained=lambda version: _retrained(items, version),
        version_of=live.version_of,
        ask=lambda version, found, spec: _ask(items, version, found, spec),
        newest_event=live.newest_event,
        clock=live.clock,
    )


def _retrained(items: ModelItems, number: int) -> Retrained | None:
    versions = DynamoVersions(items=items, stack=setting(variables.STACK_ID))
    run = DynamoRuns(items).find(versions.get(number).run_id)
    if run is None or run.champion is None or run.champion.version == number:
        return None
    return Retrained(version=number, before=run.champion.version, run_id=run.run_id, cause=run.trigger.cause)


def _ask(items: ModelItems, version: int, found: Answered, spec: TaskSpec) -> FormerAnswers | str:
    # It needs ONNX Runtime, which takes time to load: few turns of the monitor measure a gain.
    from keepfit.application.former_answers import former_answers  # noqa: PLC0415

    return former_answers(
        S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
        DynamoVersions(items=items, stack=setting(variables.STACK_ID)),
        version,
        found,
        spec,
    )


def _version(items: ModelItems, number: int, *, alone: bool) -> AnsweringVersion:
    registered = DynamoVersions(items=items, stack=setting(variables.STACK_ID)).get(number)
    files = read_files(S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)), registered, [_SIGNATURE])
    return AnsweringVersion(
        task=from_json(files[_SIGNATURE]).task,
        judged=registered.metrics,
        estimator=reference_profile(items, number, alone=alone).estimator,
    )
