"""What a retrained version gained is measured on outcomes that came later, and told to the ledger and to admission."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from keepfit import instants
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.definitions.compiled_model import encode
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.registry.champion import Champion
from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import Move, chained, verify
from keepfit.registry.versions import Release
from keepfit.training.recipes.sklearn_onnx import to_onnx
from keepfit.training.runs.event_routing import Invocation, orders
from keepfit.training.runs.model_subscription import Subscription
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.triggers import Trigger
from tests.functions.conftest import Load
from tests.functions.serving_version import register
from tests.functions.test_live_performance import _compiled, _tell
from tests.unit.monitoring.support.logs import EVENT, line, log_object

MODEL, ROWS = "delay", 160
RANDOM = np.random.default_rng(0)
DISTANCES = RANDOM.normal(size=ROWS)
TRUTH = RANDOM.uniform(size=ROWS) < 1 / (1 + np.exp(-3 * DISTANCES))
SCORES = (1 / (1 + np.exp(-3 * DISTANCES))).tolist()
ITEMS = ModelItems(table="registry", model=MODEL)
LEDGER = DynamoLedger(items=ModelItems(table="registry", model=MODEL, kind="ledger"), stack="stack")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that functions put."""
    entries: list[dict[str, Any]] = []

    def put_events(**request: Any) -> dict[str, int]:
        entries.extend(request["Entries"])
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client("events"), "put_events", put_events)
    return entries


@pytest.fixture
def watch(training_stack: None, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The monitor; version 2, which a run for drift trained, serves; the first had it the wrong way round."""
    for bucket in ("lake", "intake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    compiled = _compiled(tmp_path, "[model.delay.outcomes]\ngain_rows = 150\n")
    client("s3").put_object(Bucket="artifacts", Key="assets/definition.json", Body=encode(compiled))
    column = Column(name="distance", source="input", type="float")
    signature = to_json(Signature(model=MODEL, label="late", event_time=None, columns=[column]))
    profile = profile_of({"distance": DISTANCES}, {"distance": "float"}).to_json()
    for number, labels in ((1, DISTANCES < 0), (2, TRUTH)):
        fitted = LogisticRegression().fit(DISTANCES[:, None], labels)
        files = {
            "model.onnx": to_onnx(fitted, columns=1),
            "signature.json": signature,
            "profile.json": profile,
        }
        versions = register(MODEL, instants.now(), files, number=number, run_id=f"run-{number}")
        released = Release(
            lambda_version=str(number + 1), version=number, code_sha256="x", published_at=instants.now()
        )
        versions.record_release(released)
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "3"})
    monkeypatch.setattr("keepfit.monitoring.comparison.Comparison.compared", lambda _self, report, *_: report)
    _trained_by(Trigger(kind="alarm", id="a", at=instants.now(), detail={"alarm": "keepfit-delay-drift"}))
    _answered()
    return load("monitor_model/handler").handler


def _trained_by(trigger: Trigger) -> None:
    DynamoRuns(ITEMS).put(
        TrainingRun(
            run_id="run-2",
            model=MODEL,
            execution_arn="arn:2",
            started_at=instants.now(),
            trigger=trigger,
            data={"trips": 2},
            definition_digest="d",
            code_digest="c",
            champion=Champion(version=1, lambda_version="2"),
        )
    )


def _answered() -> None:
    lines = [
        line(n, model=MODEL, version=2, inputs={"distance": distance}, outputs=score)
        for n, (distance, score) in enumerate(zip(DISTANCES.tolist(), SCORES, strict=True))
    ]
    key = f"prediction-log/{MODEL}/2026/01/01/00/log-1"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))


def _outcomes(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "prediction_id": f"p{number}",
            "outcome": bool(TRUTH[number]),
            "known_at": EVENT + timedelta(hours=number + 1),
        }
        for number in range(first, last)
    ]


def _invocations(event: dict[str, Any]) -> list[Invocation]:
    """What the dispatcher orders for an event that was put."""
    subscription = Subscription(
        model=MODEL, datasets=[], drift_alarm="d", machine="m", move_alias="move_alias", close_run="close_run"
    )
    told = {"id": "7", "source": event["Source"], "detail-type": event["DetailType"]}
    found = orders({**told, "detail": json.loads(event["Detail"])}, [subscription])
    return [each for each in found if isinstance(each, Invocation)]


def test_the_version_before_answers_what_the_new_one_was_asked_and_the_gain_is_told_once(
    watch: Any, sent: list[dict[str, Any]], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    assert watch({}, None)["gain"] is None
    _tell(tmp_path, _outcomes(0, 149))
    assert watch({}, None)["gain"] is None, "one is missing"
    _tell(tmp_path, _outcomes(149, ROWS))
    gain = msgspec.convert(json.loads(json.dumps(watch({}, None)["gain"])), LaterGain)
    assert (gain.version, gain.before, gain.cause, gain.rows) == (2, 1, "drift", ROWS)
    assert gain.value == pytest.approx(roc_auc_score(TRUTH, SCORES))
    assert gain.value_before == pytest.approx(1 - roc_auc_score(TRUTH, DISTANCES))
    assert gain.gain == pytest.approx(gain.value - gain.value_before)
    assert watch({}, None)["gain"] is None
    [event] = [each for each in sent if each["DetailType"] == "Gain Measured"]

    promoted = Move(
        at=instants.now(),
        action="promote",
        version=2,
        lambda_version="3",
        previous_version=1,
        weight=1.0,
        who="training run",
        why="fine",
        run_id="run-2",
        revision="r2",
        replaced_revision="r1",
    )
    LEDGER.append(chained(None, promoted))
    for _ in range(2):
        for order in _invocations(event):
            load(f"{order.function}/handler").handler(json.loads(json.dumps(order.asked)), context)
    entries = LEDGER.entries()
    verify(entries)
    assert [each.action for each in entries] == ["promote", "gain measured"]
    assert entries[-1].gain == gain
    assert gain.is_gain
    assert DynamoRuns(ITEMS).admission().in_vain == {}


def test_a_loss_is_counted_for_the_cause_of_the_run(watch: Any, load: Load, context: SimpleNamespace) -> None:
    loss = LaterGain(
        version=2,
        before=1,
        cause="drift",
        run_id="run-2",
        measured_at=instants.now(),
        metric="roc_auc",
        gain=-0.05,
        interval=(-0.08, -0.02),
        value=0.7,
        value_before=0.75,
        rows=500,
    )
    close = load("close_run/handler").handler
    for _ in range(2):
        assert close({"gain": msgspec.to_builtins(loss)}, context) == {"counted": 2}
    assert DynamoRuns(ITEMS).admission().in_vain == {"drift": ["run-2"]}


def test_a_version_whose_predecessor_cannot_answer_is_told_once_with_the_reason(
    watch: Any, tmp_path: Path, sent: list[dict[str, Any]]
) -> None:
    key = f"prediction-log/{MODEL}/2026/01/01/00/log-1"
    lines = [
        line(n, model=MODEL, version=2, inputs={"far": 1.0}, outputs=score) for n, score in enumerate(SCORES)
    ]
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))
    _tell(tmp_path, _outcomes(0, ROWS))
    found = watch({}, None)["gain"]
    assert found == {"version": 2, "note": "the log does not hold distance, which version 1 reads"}
    assert watch({}, None)["gain"] is None
    assert not [each for each in sent if each["DetailType"] == "Gain Measured"]
