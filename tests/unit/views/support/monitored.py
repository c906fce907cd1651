"""A model that was watched for long, written through the ports that the product writes with."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from keepfit.monitoring.estimation.estimate import Estimate, EstimatedPerformance
from keepfit.monitoring.prediction_log.progress import Progress
from keepfit.monitoring.reports.report import (
    Collected,
    ColumnDrift,
    DriftReport,
    MonitoringReport,
    report_key,
)
from keepfit.registry.ledger import Move, record
from keepfit.training.runs.triggers import Trigger
from keepfit.views.stores import ModelStores
from tests.unit.views.support.history import MODEL, put_gain, put_run

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ALARM = "keepfit-delay-drift"
DAY = timedelta(days=1)
_CLASSES = ["<= 0.1", "0.1 - 0.5", "0.5 - 0.9", "> 0.9", "missing"]


def column(name: str, score: float, **changed: Any) -> ColumnDrift:
    drift = ColumnDrift(
        column=name,
        value=score,
        drift_score=score,
        drifted=score >= 0.25,
        ignored=False,
        rows=400,
        labels=["a", "b", "missing"],
        reference=[500, 500, 0],
        current=[300, 100, 0],
    )
    return msgspec.structs.replace(drift, **changed)


def put_window(
    stores: ModelStores,
    end: datetime,
    columns: list[ColumnDrift],
    *,
    ran_at: datetime | None = None,
    **changed: Any,
) -> MonitoringReport:
    """A report on the day, or other length, before ``end``, made then unless ``ran_at`` says otherwise."""
    judged = sorted(columns, key=lambda each: (each.ignored, -each.drift_score))
    report = MonitoringReport(
        model=MODEL,
        ran_at=ran_at or end,
        occasion="watch",
        window=(end - DAY, end),
        threshold=0.25,
        minimum_rows=200,
        alarm=ALARM,
        alarm_standing_since=None,
        collected=Collected(rows=400),
        champion=1,
        rows_by_version={1: 400},
        drift=DriftReport(rows=400, reference_rows=1000, threshold=0.25, columns=judged, skipped={}),
    )
    report = msgspec.structs.replace(report, **changed)
    stores.lake.put(report_key(report), msgspec.json.encode(report))
    stores.progress.merge(Progress(last_report=report_key(report), newest_event=end))
    return report


def move(
    stores: ModelStores, at: datetime, version: int, action: str = "promote", weight: float = 1.0
) -> None:
    """What the release step writes of a move of the alias."""
    entries = stores.ledger.entries()
    moved = Move(
        at=at,
        action=action,
        version=version,
        lambda_version=str(version),
        previous_version=entries[-1].version if entries else None,
        weight=weight,
        who="training run",
        why="20 of 20 requests answered",
        run_id=f"run-{version}",
        revision=f"r{len(entries) + 1}",
        replaced_revision=f"r{len(entries)}",
    )
    record(stores.ledger, moved, after=entries[-1] if entries else None)


def drift_trigger(at: datetime) -> Trigger:
    return Trigger(kind="alarm", id=f"{at}", at=at, detail={"alarm": ALARM, "state": "ALARM"})


def put_year(stores: ModelStores, *, days: int = 365, features: int = 21) -> None:
    """A year of daily windows: in spring one column moves until a version that learned it is released."""
    move(stores, BEGIN - DAY, 1)
    alarm = BEGIN + 90 * DAY
    put_run(
        stores,
        run_id="run-2",
        started_at=alarm + timedelta(minutes=5),
        trigger=drift_trigger(alarm + timedelta(minutes=1)),
        version=2,
        reason="boosting is best",
    )
    move(stores, alarm + timedelta(hours=2), 2, "canary", 0.1)
    move(stores, alarm + timedelta(hours=5), 2)
    put_gain(stores, version=2, before=1, run_id="run-2", measured_at=alarm + 30 * DAY)
    for day in range(1, days + 1):
        moved = 80 <= day <= 90
        scores = {f"feature_{number}": 0.1 + 0.1 * math.sin(day / 9 + number) for number in range(features)}
        if moved:
            scores["feature_3"] = 0.1 * (day - 79)
        share = 0.3 + 0.1 * math.sin(day / 40)
        output = column(
            "predicted probability",
            scores.pop("feature_0"),
            labels=_CLASSES,
            reference=[0, 600, 400, 0, 0],
            current=[0, round(1000 * (1 - share)), round(1000 * share), 0, 0],
        )
        put_window(
            stores,
            BEGIN + day * DAY,
            [output, *(column(name, round(score, 6)) for name, score in scores.items())],
            champion=2 if day > 90 else 1,
            estimated=EstimatedPerformance(
                metric="roc_auc",
                rows=400,
                estimate=Estimate(value=0.75 - 0.05 * moved, interval=(0.7, 0.8)),
                judged=0.76,
            ),
        )
