"""The monitor_model function against AWS as moto plays it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moto import mock_aws

from keepfit import instants
from keepfit.adapters.aws import clients
from keepfit.adapters.aws.clients import client
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import encode
from keepfit.errors import TamperedArtifact
from keepfit.layout import ModelScope
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY
from tests.functions.serving_version import release
from tests.unit.monitoring.support.logs import line, log_object

TASK = task_of(BINARY)

ROOT = Path(__file__).parents[2]
MODEL, ALARM = "flight_delay", "keepfit-flight-delay-drift"
AT = datetime(2026, 1, 1, tzinfo=UTC)

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    """The function with everything its stack gives it, and a table and buckets."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "would-join-the-dimensions",
        "KEEPFIT_MODEL": MODEL,
        "KEEPFIT_LAKE_BUCKET": "lake",
        "KEEPFIT_ARTIFACTS_BUCKET": "artifacts",
        "KEEPFIT_REGISTRY_TABLE": "registry",
        "KEEPFIT_DEFINITION": "artifacts/definition.json",
        "KEEPFIT_PREDICT_FUNCTION": "predict",
        "KEEPFIT_STACK_ID": "stack",
        "KEEPFIT_DRIFT_ALARM": ALARM,
    }.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    with mock_aws():
        _make_place()
        yield _load()
    clients.client.cache_clear()


def _load() -> Handler:
    path = ROOT / "functions" / "monitor_model" / "handler.py"
    spec = importlib.util.spec_from_file_location("monitor_model_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    loaded: Handler = module.handler
    return loaded


def _make_place() -> None:
    for bucket in ("lake", "artifacts"):
        client("s3").create_bucket(Bucket=bucket)
    client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    compiled = compiling.compile_model(compiling.load(ROOT / "models"), MODEL)
    client("s3").put_object(Bucket="artifacts", Key="definition.json", Body=encode(compiled))


def _release(monkeypatch: pytest.MonkeyPatch, mean: float) -> None:
    """Version 1, trained around ``mean``, is what the alias points to."""
    random = np.random.default_rng(0)
    profile = profile_of({"distance": random.normal(loc=mean, size=2000)}, {"distance": "float"})
    body = profile.with_outputs(TASK, random.uniform(size=500)).to_json()
    release(MODEL, AT, {"profile.json": body}, monkeypatch)


def _serve(mean: float, requests: int = 300) -> None:
    random = np.random.default_rng(1)
    lines = (
        line(
            n,
            model=MODEL,
            inputs={"distance": float(distance), "scheduled_departure": "2013-02-01"},
            outputs=p,
        )
        for n, (distance, p) in enumerate(
            zip(random.normal(loc=mean, size=requests), random.uniform(size=requests).tolist(), strict=True)
        )
    )
    key = f"prediction-log/{MODEL}/2026/01/01/00/log-1"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))


def _metrics(name: str) -> list[float]:
    """What CloudWatch has of one metric under the dimension of the model alone."""
    found = client("cloudwatch").get_metric_statistics(
        Namespace="keepfit",
        MetricName=name,
        Dimensions=[{"Name": "Model", "Value": MODEL}],
        StartTime=instants.now() - timedelta(minutes=5),
        EndTime=instants.now() + timedelta(minutes=5),
        Period=60,
        Statistics=["Maximum"],
    )
    return [point["Maximum"] for point in found["Datapoints"]]


def test_drift_reaches_the_alarms_as_metrics_of_the_model_alone(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    _release(monkeypatch, mean=0.0)
    _serve(mean=4.0)
    answer = handler({}, None)
    assert (answer["worst_input"], answer["drifted"], answer["champion"]) == ("distance", ["distance"], 1)
    assert _metrics("worst_drift") == [answer["worst_drift"]]
    assert _metrics("drifted_inputs") == _metrics("monitor_heartbeat") == [1.0]


def test_the_report_is_in_the_lake_and_the_answer_is_json(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    _release(monkeypatch, mean=0.0)
    _serve(mean=0.0)
    answer = json.loads(json.dumps(handler({}, None)))
    report = json.loads(client("s3").get_object(Bucket="lake", Key=answer["report"])["Body"].read())
    assert report["collected"]["rows"] == 300
    assert report["drift"]["columns"][0]["column"] == answer["worst_input"]


def test_a_second_run_collects_nothing_twice(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    _release(monkeypatch, mean=0.0)
    _serve(mean=0.0)
    first, second = handler({}, None), handler({}, None)
    assert (first["collected"]["rows"], second["collected"]["rows"]) == (300, 0)
    assert second["worst_drift"] == first["worst_drift"]
    kept = client("s3").list_objects_v2(Bucket="lake", Prefix=ModelScope(MODEL).hours(1))
    assert kept["KeyCount"] == 13  # days of 300 hours


def test_an_alarm_that_stands_is_told_again(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    _release(monkeypatch, mean=0.0)
    _serve(mean=4.0)
    client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="keepfit",
        MetricName="worst_drift",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    sent: list[dict[str, Any]] = []

    def put_events(**request: Any) -> dict[str, int]:
        sent.extend(request["Entries"])
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client("events"), "put_events", put_events)
    assert handler({}, None)["alarm_standing_sent"] is True
    [event] = sent
    assert (event["Source"], event["DetailType"]) == ("keepfit", "Alarm Standing")
    detail = json.loads(event["Detail"])
    assert (detail["model"], detail["alarm"]) == (MODEL, ALARM)


def test_before_the_first_release_the_heart_beats(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "1"})
    assert handler({}, None)["nothing_compared"] == "no model is released yet"
    assert (_metrics("monitor_heartbeat"), _metrics("worst_drift")) == ([1.0], [])


def test_a_reference_that_was_tampered_with_is_refused(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    _release(monkeypatch, mean=0.0)
    _serve(mean=0.0)
    client("s3").put_object(Bucket="artifacts", Key=ModelScope(MODEL).version(1) + "profile.json", Body=b"{}")
    with pytest.raises(TamperedArtifact, match=r"profile\.json"):
        handler({}, None)
