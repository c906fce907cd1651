"""Composition root of `monitor_model`: builds ``Monitor`` from environment variables."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit import instants, variables
from keepfit.adapters.aws.cloudwatch_alarms import CloudWatchAlarms
from keepfit.adapters.aws.cloudwatch_metrics import CloudWatchMetrics
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_monitoring import DynamoProgress
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_prediction_log import S3PredictionLog
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.layout import ModelScope
from keepfit.monitoring.collection import Collection
from keepfit.monitoring.decay import DecayAlarm, DecayWatch
from keepfit.monitoring.monitor import Monitor
from keepfit.monitoring.outcomes.request import read_performance_request
from keepfit.monitoring.prediction_log.batches import CollectedBatches
from keepfit.monitoring.request import read_request
from keepfit.runtime.champion import present_champion
from keepfit.runtime.definition import deployed_model
from keepfit.runtime.live_performance import gain_measurement, live_performance
from keepfit.runtime.reference_profile import reference_profile
from keepfit.runtime.settings import setting


def watch(event: dict[str, Any]) -> dict[str, Any]:
    """Runs the monitor for a schedule's, a state machine's or a person's event.

    Returns the result without the bins; of an event that asks for ``performance``, a report on that alone.
    """
    compiled = deployed_model()
    if "performance" in event:
        return _measured(compiled, event["performance"])
    return monitor(compiled).run(read_request(event)).summary()


def _measured(compiled: CompiledModel, asked: dict[str, Any]) -> dict[str, Any]:
    """How well the model does, after what was logged meanwhile is collected; alarms do not hear of it."""
    request, collection = read_performance_request(asked), _collection(compiled)
    collection.collect()
    measured: dict[str, Any] = msgspec.to_builtins(live_performance(compiled, collection).report(request))
    return measured


def monitor(compiled: CompiledModel) -> Monitor:
    """Builds the monitor of ``compiled`` from environment variables.

    Raises:
        NotFound: a variable that the stack left out.
    """
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=compiled.name)
    collection = _collection(compiled)
    live = live_performance(compiled, collection)
    return Monitor(
        model=compiled.name,
        definition=compiled.definition.monitoring,
        alarm=setting(variables.DRIFT_ALARM),
        collection=collection,
        champion=lambda: present_champion(items),
        reference=lambda version: reference_profile(items, version, alone=not compiled.graph),
        reports=S3Artifacts(bucket=setting(variables.LAKE_BUCKET)),
        metrics=CloudWatchMetrics(model=compiled.name),
        alarms=CloudWatchAlarms(),
        events=EventBridge(),
        clock=instants.now,
        live=live,
        metric=compiled.definition.gates.metric,
        decay=_decay_watch(compiled),
        gain=gain_measurement(compiled, live),
    )


def _decay_watch(compiled: CompiledModel) -> DecayWatch | None:
    """The alarms on decay; None where the definition has none."""
    scope, thresholds = ModelScope(compiled.name), compiled.definition.monitoring.decay_thresholds
    watched = {
        metric: DecayAlarm(name=scope.decay_alarm(metric), threshold=threshold)
        for metric, threshold in thresholds.items()
    }
    if not watched:
        return None
    return DecayWatch(
        model=compiled.name,
        watched=watched,
        alarms=CloudWatchAlarms(),
        metrics=CloudWatchMetrics(model=compiled.name),
        events=EventBridge(),
    )


def _collection(compiled: CompiledModel) -> Collection:
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=compiled.name)
    lake = S3Artifacts(bucket=setting(variables.LAKE_BUCKET))
    return Collection(
        model=compiled.name,
        log=S3PredictionLog(bucket=lake.bucket, model=compiled.name),
        predictions=ParquetPredictions(files=lake, model=compiled.name),
        batches=CollectedBatches(files=lake, model=compiled.name),
        progress=DynamoProgress(items=items),
        reach=compiled.definition.monitoring.window,
    )
