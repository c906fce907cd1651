"""A model and a dataset with a past, written through the ports that the product writes with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.lambda_alias import LambdaLiveAlias
from keepfit.adapters.memory.training import MemoryLiveAlias
from keepfit.features.datasets.manifest import (
    Cause,
    Counted,
    Manifest,
    Part,
    Source,
    Upload,
)
from keepfit.features.datasets.next_version import following, without
from keepfit.features.datasets.records import Refusal, record_of
from keepfit.layout import ModelScope
from keepfit.monitoring.estimation.estimate import EstimatedPerformance
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.reports.report import (
    Collected,
    ColumnDrift,
    DriftReport,
    MonitoringReport,
    report_key,
)
from keepfit.registry.artifact_store import sha256
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import Move, record, record_gain
from keepfit.registry.versions import Manifest as VersionManifest
from keepfit.registry.versions import Release, write_manifest
from keepfit.training.runs.admission_record import AdmissionRecord
from keepfit.training.runs.incidents import TRAINING_FAILED, Incident
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.triggers import Trigger
from keepfit.views.stores import DatasetStores, ModelStores

MODEL = "delay"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:delay:x"

AT = datetime(2013, 3, 1, 12, tzinfo=UTC)
RUN_ID = "20130301T120000-aaaaaaaa"


def trigger(kind: Any = "upload", **detail: Any) -> Trigger:
    return Trigger(kind=kind, id="event", at=AT, detail=detail or {"dataset": "flights", "version": 1})


def a_run(**changed: Any) -> TrainingRun:
    run = TrainingRun(
        run_id=RUN_ID,
        model=MODEL,
        execution_arn=EXECUTION,
        started_at=AT,
        trigger=trigger(),
        data={"flights": 1},
        definition_digest="d1",
        code_digest="c1",
        champion=Champion(version=1, lambda_version="2"),
        closed_at=AT + timedelta(minutes=2),
        outcome="released",
        reason="boosting is best",
        version=2,
    )
    return msgspec.structs.replace(run, **changed)


def put_run(stores: ModelStores, **changed: Any) -> TrainingRun:
    run = a_run(**changed)
    stores.runs.put(run)
    return run


def put_incident(stores: ModelStores, **changed: Any) -> Incident:
    """One that is open, of a model that has no other."""
    incident = Incident(
        kind=TRAINING_FAILED,
        opened_at=AT,
        cause="upload",
        trigger=trigger(),
        attempts=4,
        runs=[RUN_ID],
        reason="OutOfMemory: 8 GB",
    )
    incident = msgspec.structs.replace(incident, **changed)
    stores.runs.replace_admission(AdmissionRecord(incidents=[incident]))
    return incident


def put_gain(stores: ModelStores, **changed: Any) -> LaterGain:
    """What the version that serves gained, after two releases."""
    gain = LaterGain(
        version=2,
        before=1,
        cause="drift",
        run_id=RUN_ID,
        measured_at=AT + timedelta(days=9),
        metric="roc_auc",
        gain=0.0125,
        interval=(0.004, 0.021),
        value=0.75,
        value_before=0.7375,
        rows=1234,
    )
    gain = msgspec.structs.replace(gain, **changed)
    assert record_gain(stores.ledger, gain, who="monitor")
    return gain


def put_evidence(stores: ModelStores, run: TrainingRun) -> None:
    """The files that a judged run has: one candidate won, one lost, one could not be trained."""
    verdict = {"metric": 0.7, "interval": [0.68, 0.72], "gain": 0.02, "gain_interval": [0.01, 0.03]}
    lost = [{"gate": "parity", "reason": "differs by up to 0.3"}]
    nothing = dict.fromkeys(verdict)
    judgement = {
        "winner": "boosting",
        "reason": "boosting is best with roc_auc 0.7000",
        "metric": "roc_auc",
        "rows": 500,
        "verdicts": [
            {"candidate": "boosting", **verdict, "failed": []},
            {"candidate": "forest", **verdict, "metric": 0.6, "failed": lost},
            {"candidate": "logistic", **nothing, "failed": [{"gate": "training", "reason": "out of memory"}]},
        ],
        "champion": {"version": 1, "metric": 0.68, "interval": [0.66, 0.7], "note": None},
    }
    report = {
        "algorithm": "hist_gradient_boosting",
        "parameters": {"max_iter": 150, "learning_rate": 0.05},
        "fit_seconds": 3.2,
        "metrics": {"roc_auc": 0.7},
    }
    files = {
        "definition.json": {"name": MODEL},
        "training_set.json": {"rows": 1000, "waiting_rows": 77, "holdout_rows": 500},
        "judgement.json": judgement,
        "candidates/boosting/report.json": report,
        "candidates/forest/report.json": {**report, "algorithm": "random_forest"},
        "candidates/logistic/failed.json": {"error": "MemoryError", "cause": "out of memory"},
    }
    for name, document in files.items():
        stores.artifacts.put(f"{run.folder}/{name}", json.dumps(document).encode())


def put_suppression(
    stores: ModelStores, reason: str = "an upload does not retrain this model", **changed: Any
) -> None:
    refused = Suppression(model=MODEL, run_id="r", at=AT, reason=reason, trigger=trigger())
    stores.runs.suppress(msgspec.structs.replace(refused, **changed))


def put_version(
    stores: ModelStores,
    version: int,
    *,
    lambda_version: str | None = None,
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Registers a version, with ``more`` files, and with ``lambda_version`` also its release."""
    claim = stores.versions.claim(f"run-{version}", AT)
    assert claim.version == version
    files = {
        "model.onnx": b"onnx",
        "report.json": json.dumps(
            {"algorithm": "random_forest", "parameters": {"n_estimators": 60}}
        ).encode(),
        **more,
    }
    for name, body in files.items():
        stores.artifacts.put(ModelScope(MODEL).version(version) + name, body)
    manifest = VersionManifest(
        model=MODEL,
        version=version,
        run_id=f"run-{version}",
        created_at=AT,
        files={name: sha256(body) for name, body in files.items()},
        data={"flights": version},
        digests={"data": "dd", "definition": "d1", "code": "c1", "packages": "p1"},
        metrics={"roc_auc": 0.7},
    )
    stores.versions.register(write_manifest(stores.artifacts, manifest))
    if lambda_version is not None:
        stores.versions.record_release(
            Release(lambda_version=lambda_version, version=version, code_sha256="x", published_at=AT)
        )


def promote(stores: ModelStores, version: int, lambda_version: str) -> None:
    """What the release step does: the alias, then the ledger."""
    entries = stores.ledger.entries()
    point(stores, lambda_version)
    record(
        stores.ledger,
        Move(
            at=AT + timedelta(minutes=len(entries)),
            action="promote",
            version=version,
            lambda_version=lambda_version,
            previous_version=entries[-1].version if entries else None,
            weight=1.0,
            who="training run",
            why="20 of 20 requests answered",
            run_id=f"run-{version}",
            revision=f"r{len(entries) + 1}",
            replaced_revision=f"r{len(entries)}",
        ),
        after=entries[-1] if entries else None,
    )


def two_releases(stores: ModelStores) -> None:
    """Version 1 served, version 2 serves."""
    for version in (1, 2):
        put_version(stores, version, lambda_version=str(version + 1))
        promote(stores, version, str(version + 1))


def start_canary(stores: ModelStores, lambda_version: str, weight: float) -> None:
    """Beside the champion."""
    champion, _ = stores.live.current()
    assert champion is not None
    point(stores, champion, {lambda_version: weight})


def point(stores: ModelStores, lambda_version: str, weights: dict[str, float] | None = None) -> None:
    """Moves the alias, in memory or at Lambda."""
    weights = weights or {}
    match stores.live:
        case MemoryLiveAlias() as live:
            live.lambda_version, live.weights = lambda_version, weights
        case LambdaLiveAlias() as live:
            client("lambda").update_alias(
                FunctionName=live.function,
                Name="live",
                FunctionVersion=lambda_version,
                RoutingConfig={"AdditionalVersionWeights": weights},
            )


def put_report(
    stores: ModelStores,
    *,
    score: float = 0.6,
    ran_at: datetime = AT,
    estimated: EstimatedPerformance | None = None,
) -> MonitoringReport:
    """A run of the monitor that compared two columns."""
    columns = [
        ColumnDrift(
            column=name,
            value=value,
            drift_score=value,
            drifted=value >= 0.5,
            ignored=False,
            rows=400,
            labels=["a", "b"],
            reference=[500, 500],
            current=[300, 100],
        )
        for name, value in (("pressure", score), ("[bold]dest", 0.1))
    ]
    report = MonitoringReport(
        model=MODEL,
        ran_at=ran_at,
        occasion="watch",
        window=(AT - timedelta(days=30), AT),
        threshold=0.5,
        minimum_rows=200,
        alarm="keepfit-delay-drift",
        alarm_standing_since=None,
        collected=Collected(rows=400),
        champion=2,
        rows_by_version={2: 400},
        drift=DriftReport(
            rows=400,
            reference_rows=1000,
            threshold=0.5,
            decision="drift_threshold = 0.5, for psi",
            columns=columns,
            skipped={},
        ),
        estimated=estimated,
    )
    key = report_key(report)
    stores.lake.put(key, msgspec.json.encode(report))
    stores.progress.merge(Progress(last_report=key))
    return report


def take_file(
    stores: DatasetStores,
    sha: str,
    *,
    version_id: str,
    key: str = "flights/jan.csv",
    bad_rows: int = 0,
    counted: int | None = 100,
    **more: Any,
) -> Manifest:
    """The first version of the dataset, made of one upload of 100 rows, announced."""
    source = Source(bucket="intake", key=key, version_id=version_id, sha256=sha)
    manifest = following(
        None,
        msgspec.structs.replace(_part(source, bad_rows), **more),
        dataset="flights",
        schema={},
        at=AT,
        counted=None if counted is None else Counted(rows=counted, by=["id"]),
    )
    stores.manifests.put_manifest(manifest)
    record = record_of(manifest)
    stores.records.take("flights", record)
    stores.records.announce("flights", record)
    return manifest


def _part(source: Source, bad_rows: int = 0) -> Part:
    return Part(
        key=f"datasets/flights/parts/{source.sha256}.parquet",
        version_id="v",
        sha256=source.sha256,
        rows=100,
        bad_rows=bad_rows,
        bytes=1000,
        first_event="2013-01-01T00:00:00.000000Z",
        last_event="2013-01-31T00:00:00.000000Z",
        source=source,
    )


def take_more(stores: DatasetStores, parent: Manifest, sha: str, *, version_id: str) -> Manifest:
    """The version after ``parent``, with another upload under the same name."""
    source = Source(bucket="intake", key="flights/jan.csv", version_id=version_id, sha256=sha)
    manifest = following(parent, _part(source), dataset="flights", schema={}, at=AT)
    stores.manifests.put_manifest(manifest)
    stores.records.take("flights", record_of(manifest))
    return manifest


def withdraw_first(stores: DatasetStores, manifest: Manifest) -> Manifest:
    """The version after ``manifest``, without the first of its uploads."""
    cause = Cause(kind="withdrawal", who="arn:aws:iam::1:user/ada", why="the wrong month")
    at = AT + timedelta(hours=1)
    following_one = without(manifest, manifest.parts[0], at=at, counted=None, cause=cause)
    stores.manifests.put_manifest(following_one)
    stores.records.take("flights", record_of(following_one))
    return following_one


def refuse_file(
    stores: DatasetStores,
    reason: str,
    *,
    version_id: str,
    key: str = "flights/jan.csv",
    held: bool = False,
    **more: Any,
) -> None:
    upload = Upload(bucket="intake", key=key, version_id=version_id)
    refusal = Refusal(at=AT, reason=reason, source=upload, rows=3, bad_rows=3, held=held, **more)
    stores.records.refuse("flights", refusal)
