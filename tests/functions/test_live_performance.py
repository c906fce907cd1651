"""The monitor measures a model on outcomes that were told, against AWS as moto plays it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keepfit import instants
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.definitions.compiled_model import CompiledModel, encode
from keepfit.definitions.compiling import compile_all
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.monitoring.estimation.registry import estimator_of
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY
from tests.functions.conftest import Load
from tests.functions.serving_version import release
from tests.unit.monitoring.support.logs import EVENT, line, log_object

MODEL = "delay"
ROWS = 120
DEFINITION = """
[dataset.trips.fields]
distance = { type = "float" }
late = { type = "bool" }
[model.delay]
dataset = "trips"
label = "late"
inputs = ["distance"]
"""
SCORES = np.random.default_rng(0).uniform(size=ROWS)
TRUTH = np.random.default_rng(1).uniform(size=ROWS) < SCORES


def _compiled(folder: Path, outcomes: str) -> CompiledModel:
    (folder / "delay.toml").write_text(DEFINITION + outcomes)
    return compile_all(folder).models[MODEL]


@pytest.fixture
def watch(training_stack: None, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function; version 1 serves and has answered."""
    for bucket in ("lake", "intake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    compiled = _compiled(tmp_path, '[model.delay.outcomes]\nexpected_within = "1d"\n')
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=encode(compiled))
    _release(monkeypatch)
    lines = [
        line(n, model=MODEL, inputs={"distance": 1.0}, outputs=score)
        for n, score in enumerate(SCORES.tolist())
    ]
    key = f"prediction-log/{MODEL}/2026/01/01/00/log-1"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))
    return load("monitor_model/handler").handler


def _release(monkeypatch: pytest.MonkeyPatch) -> None:
    column = Column(name="distance", source="input", type="float")
    signature = to_json(Signature(model=MODEL, label="late", event_time=None, columns=[column]))
    random = np.random.default_rng(2)
    scores = random.uniform(size=1000)
    labels = random.uniform(size=1000) < scores
    profile = profile_of({"distance": np.ones(1000)}, {"distance": "float"}).with_outputs(
        task_of(BINARY), scores
    )
    profile = msgspec.structs.replace(
        profile, estimator=estimator_of(training_task_of(BINARY), labels, scores)
    )
    files = {"signature.json": signature, "profile.json": profile.to_json()}
    release(MODEL, instants.now(), files, monkeypatch, roc_auc=0.9)


def _tell(folder: Path, rows: list[dict[str, Any]]) -> None:
    own = _compiled(folder, "[model.delay.outcomes]\n").outcomes
    assert own
    key = f"{own.dataset}/told.jsonl"
    client("s3").put_object(
        Bucket="intake", Key=key, Body=b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    )
    ingest = Ingest(
        dataset=own.dataset,
        definition=own.definition,
        intake=S3Intake(bucket="intake"),
        lake=S3Lake(bucket="lake"),
        records=DynamoDatasets(table="registry"),
        events=MemoryEvents(),
    )
    assert ingest.take(key, None).outcome == "taken"


def _told(number: int, *, hours: int = 1) -> dict[str, Any]:
    known = EVENT + timedelta(hours=number + hours)
    return {"prediction_id": f"p{number}", "outcome": bool(TRUTH[number]), "known_at": known}


def _published(name: str = "live_performance", statistic: str = "Maximum") -> list[float]:
    found = client("cloudwatch").get_metric_statistics(
        Namespace="keepfit",
        MetricName=name,
        Dimensions=[{"Name": "Model", "Value": MODEL}],
        StartTime=instants.now() - timedelta(minutes=5),
        EndTime=instants.now() + timedelta(minutes=5),
        Period=60,
        Statistics=[statistic],
    )
    return [point[statistic] for point in found["Datapoints"]]


def test_outcomes_are_joined_with_the_log_and_every_one_is_accounted_for(watch: Any, tmp_path: Path) -> None:
    rows = [_told(number) for number in range(100)]
    rows += [
        _told(100, hours=48),
        {**_told(0), "known_at": EVENT + timedelta(hours=5)},
    ]  # late, and once more
    rows += [{**_told(1), "outcome": not TRUTH[1], "known_at": EVENT}]  # corrected by the row above
    rows += [{**_told(2), "prediction_id": name} for name in ("of-another-model", "guessed")]
    _tell(tmp_path, rows)
    answer = json.loads(json.dumps(watch({"performance": {}}, None)))
    report = msgspec.convert(answer, PerformanceReport)
    told = report.told
    assert (told.rows, told.matched, told.duplicates, told.corrected) == (105, 101, 1, 1)
    assert (told.unknown, told.unknown_ids) == (2, ["guessed", "of-another-model"])
    [version] = report.versions
    assert (version.predictions, version.outcomes, version.late, version.overdue) == (
        ROWS,
        101,
        1,
        ROWS - 101,
    )
    assert version.value == pytest.approx(roc_auc_score(TRUTH[:101], SCORES[:101]))
    assert (version.judged, report.champion, report.dataset_version) == (0.9, 1, 1)
    assert _published() == []


def test_the_schedule_publishes_how_well_the_champion_does(
    watch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keepfit.monitoring.comparison.Comparison.compared", lambda _self, report, *_: report)
    assert watch({}, None)["performance"] is None
    _tell(tmp_path, [_told(number) for number in range(100)])
    summary = watch({}, None)["performance"]
    assert summary["value"] == pytest.approx(roc_auc_score(TRUTH[:100], SCORES[:100]))
    assert (_published(), summary["outcomes"]) == ([summary["value"]], 100)
    assert watch({"window": ["2013-01-01", "2014-01-01"]}, None)["performance"] is None


def test_decay_is_published_for_its_alarms_and_stands_until_it_ends(
    watch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitoring = "[model.delay.monitoring]\nminimum_rows = 100\ndecay_threshold = 0.1\n"
    thresholds = f"[model.delay.outcomes]\n{monitoring}estimated_decay_threshold = 0.1\n"
    body = encode(_compiled(tmp_path, thresholds))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)
    _tell(tmp_path, [{**_told(number), "outcome": not TRUTH[number]} for number in range(ROWS)])
    told = watch({}, None)
    assert told["alarm_standing_sent"] is False
    [decay], [estimated] = _published("decay"), _published("estimated_decay")
    assert decay > 0.5  # judged as 0.9, and each outcome is the opposite
    assert estimated == 0  # which no answer shows
    client("cloudwatch").put_metric_alarm(
        AlarmName="keepfit-delay-decay",
        Namespace="keepfit",
        MetricName="decay",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    client("cloudwatch").set_alarm_state(
        AlarmName="keepfit-delay-decay", StateValue="ALARM", StateReason="test"
    )
    sent: list[dict[str, Any]] = []

    def put_events(**request: Any) -> dict[str, int]:
        sent.extend(json.loads(entry["Detail"]) for entry in request["Entries"])
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client("events"), "put_events", put_events)
    assert watch({}, None)["alarm_standing_sent"] is True
    assert [(each["model"], each["alarm"]) for each in sent] == [(MODEL, "keepfit-delay-decay")]
    right = {"known_at": EVENT + timedelta(days=30)}
    _tell(tmp_path, [{**_told(number), **right} for number in range(ROWS)])
    assert watch({}, None)["alarm_standing_sent"] is False
    assert min(_published("decay", "Minimum")) < 0.1


@pytest.mark.parametrize("outcomes", ["", "[model.delay.outcomes]\n"])
def test_without_any_outcome_performance_is_estimated(watch: Any, tmp_path: Path, outcomes: str) -> None:
    body = encode(_compiled(tmp_path, outcomes))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)
    report = msgspec.convert(json.loads(json.dumps(watch({"performance": {}}, None))), PerformanceReport)
    [version] = report.versions
    assert (version.predictions, version.pending, version.value) == (ROWS, ROWS, None)
    assert version.estimated
    assert version.estimated.holds(roc_auc_score(TRUTH, SCORES))
    assert (report.dataset, report.told.rows) == ("delay_outcomes" if outcomes else "", 0)


def test_the_schedule_publishes_how_well_the_champion_is_to_be_expected_to_do(
    watch: Any, tmp_path: Path
) -> None:
    body = encode(_compiled(tmp_path, "[model.delay.monitoring]\nminimum_rows = 100\n"))
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=body)
    told = watch({}, None)["estimated"]
    low, high = told["interval"]
    assert low < roc_auc_score(TRUTH, SCORES) < high
    assert (told["rows"], told["metric"]) == (ROWS, "roc_auc")
    assert _published("estimated_performance") == [told["value"]]
