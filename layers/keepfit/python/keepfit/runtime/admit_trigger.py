"""Composition root of `admit_trigger`: builds ``Admission`` from environment variables."""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from typing import Any, Final

from keepfit import variables
from keepfit.adapters.aws.cloudwatch_alarms import CloudWatchAlarms
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.states_executions import StatesExecutions
from keepfit.definitions.compiled_model import CompiledModel, digest, encode
from keepfit.instants import from_iso, now, to_iso
from keepfit.layout import ModelScope
from keepfit.runtime.champion import present_champion
from keepfit.runtime.close_run import closing
from keepfit.runtime.definition import deployed_model
from keepfit.runtime.settings import setting
from keepfit.training.runs.admission import Admission, Plan
from keepfit.training.runs.rate_limit import longest_execution
from keepfit.training.runs.triggers import read_trigger

# A name: only models with a graph may ask for it, and are granted what it takes.
_NEWEST_VERSION: Final = "keepfit.runtime.newest_version"


def admit(event: dict[str, Any]) -> dict[str, Any]:
    """Admits or suppresses the trigger of one execution; idempotent.

    Args:
        event: ``event`` as EventBridge or a person sent it, and the ``execution``: ``arn``, ``started_at``.

    Returns:
        ``admitted``, ``reason``, ``model``, ``run_id``; the registered version to ``release``, None for a training;
        ``ask_again_at``: until when to wait and then ask again, None for not at all.
    """
    execution = event["execution"]
    answer = admission(deployed_model()).admit(
        read_trigger(event["event"]),
        execution_arn=execution["arn"],
        started_at=from_iso(execution["started_at"]),
    )
    ask_again_at = answer.ask_again_at and to_iso(answer.ask_again_at)
    return {**asdict(answer), "ask_again_at": ask_again_at, "model": setting(variables.MODEL)}


def admission(compiled: CompiledModel) -> Admission:
    """Builds the admission of the deployed model."""
    items = ModelItems(table=setting(variables.REGISTRY_TABLE), model=compiled.name)
    return Admission(
        plan=plan(
            compiled, code_digest=setting(variables.CODE_DIGEST), drift_alarm=setting(variables.DRIFT_ALARM)
        ),
        runs=DynamoRuns(items),
        executions=StatesExecutions(),
        alarms=CloudWatchAlarms(),
        data=DynamoDatasets(table=items.table),
        champion=lambda: present_champion(items),
        newest_version=_newest_version,
        artifacts=S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
        closing=closing(compiled.name),
        clock=now,
    )


def _newest_version() -> int | None:
    version: int | None = import_module(_NEWEST_VERSION).newest_version()
    return version


def plan(compiled: CompiledModel, *, code_digest: str, drift_alarm: str) -> Plan:
    """The parts of a compiled model that admission needs; its lock lasts one execution at most."""
    return Plan(
        model=compiled.name,
        definition=encode(compiled),
        definition_digest=digest(compiled),
        code_digest=code_digest,
        spine=compiled.definition.dataset,
        datasets=list(compiled.datasets),
        drift_alarm=drift_alarm,
        decay_alarms=[
            ModelScope(compiled.name).decay_alarm(metric)
            for metric in compiled.definition.monitoring.decay_thresholds
        ],
        policy=compiled.definition.retraining,
        follows_deployments=compiled.definition.release.on_deployment,
        lease=longest_execution(
            compiled.definition.release.longest,
            compiled.definition.retraining,
            segmented=compiled.definition.segment_by is not None,
            joined=compiled.definition.training.may_use_spark,
        ),
    )
