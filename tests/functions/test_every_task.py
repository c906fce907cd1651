"""Every task from an upload to an answer and its drift, through the product's functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.evaluation.tasks.registry import LISTINGS
from keepfit.instants import to_iso
from keepfit.training.runs.run_files import RunFiles
from tests.functions.conftest import Load
from tests.functions.inference import FUNCTION
from tests.functions.small_run import ARTIFACTS
from tests.functions.whole_loop import START, WholeLoop, World
from tests.unit.monitoring.support.logs import log_object

_DEFINITION = """
[dataset.flights]
event_time = "departure"
[dataset.flights.fields]
departure = { type = "timestamp" }
distance  = { type = "float", min = 0 }
carrier   = { type = "category" }
LABEL
[model.delay]
dataset  = "flights"
label    = "outcome"
TASK
inputs   = ["departure", "distance", "carrier"]
[model.delay.training]
holdout      = "5d"
minimum_rows = 100
candidates.CANDIDATE
[model.delay.monitoring]
minimum_rows = 20
"""
_CARRIERS = ("UA", "AA", "DL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is predicted of an hour, and what must come of it."""

    label: str
    candidate: str
    outcome: Callable[[int, float], object]
    metric: str
    watched: set[str]
    curves: set[str]
    task: str | None = None


def _size(_hour: int, distance: float) -> str:
    return "short" if distance < 600 else "middle" if distance < 1300 else "long"


def _price(hour: int, distance: float) -> float:
    return round(float(np.exp(3 + distance / 400 + 0.1 * np.sin(hour * hour))), 2)


TASKS = {
    "binary": Told(
        label='outcome = { type = "bool" }',
        candidate='a = { algorithm = "random_forest" }',
        outcome=lambda hour, distance: str((distance > 1000) != (hour % 10 == 0)).lower(),
        metric="roc_auc",
        watched={"predicted probability"},
        curves={"ROC curve", "Precision-recall curve", "Calibration", "Confusion matrix"},
    ),
    "multiclass": Told(
        label='outcome = { type = "category" }',
        candidate='a = { algorithm = "hist_gradient_boosting", parameters = { max_iter = 20 } }',
        outcome=_size,
        metric="log_loss",
        watched={"predicted class", "predicted probability"},
        curves={"Confusion matrix"},
    ),
    "regression": Told(
        label='outcome = { type = "float" }',
        candidate='a = { algorithm = "ridge" }',
        outcome=_price,
        metric="rmse",
        watched={"predicted value"},
        curves={"Predicted and actual", "Residuals, the median", "Residuals, 10 %", "Residuals, 90 %"},
    ),
    # The page that says how to add a task adds this one, on a copy of the library: see tests/docs.
    "count": Told(
        label='outcome = { type = "int" }',
        task="count",
        candidate='a = { algorithm = "hist_gradient_boosting", parameters = { max_features = 1.0 } }',
        outcome=lambda _hour, distance: round(distance / 200),
        metric="mae",
        watched={"predicted value"},
        curves={"Predicted and actual", "Residuals, the median", "Residuals, 10 %", "Residuals, 90 %"},
    ),
}


def instance(hour: int) -> dict[str, Any]:
    departure = to_iso(START + timedelta(hours=hour))
    return {"departure": departure, "distance": float(hour * 37 % 2000), "carrier": _CARRIERS[hour % 3]}


def world_of(told: Told) -> World:
    def row(hour: int) -> str:
        asked = instance(hour)
        return f"{','.join(map(str, asked.values()))},{told.outcome(hour, asked['distance'])}\n"

    task = f'task = "{told.task}"' if told.task else ""
    definition = _DEFINITION.replace("LABEL", told.label).replace("CANDIDATE", told.candidate)
    definition = definition.replace("TASK", task)
    return World(definition=definition, header="departure,distance,carrier,outcome", row=row)


@pytest.mark.parametrize("kind", [kind for kind in TASKS if kind in LISTINGS])
@pytest.mark.usefixtures("training_stack")
def test_a_task_goes_from_an_upload_to_an_answer_and_its_drift(
    kind: str,
    tmp_path: Path,
    load: Load,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = TASKS[kind]
    loop = WholeLoop(None, tmp_path, load, context, monkeypatch, world_of(told))
    _, admitted = loop.admit("Dataset Updated", loop.upload("first", first_day=0, days=20))
    release = loop.prepare(loop.train(admitted["run_id"]))
    loop.call("move_alias", action="promote", reason="the first", **release)
    loop.call("close_run", outcome="released", run_id=release["run_id"], version=1)

    judged = RunFiles(ARTIFACTS, f"runs/delay/{release['run_id']}").judgement()
    assert (judged.winner, judged.metric) == ("a", told.metric)
    curves = judged.evaluations[0].curves
    assert isinstance(curves, list)
    assert {figure.title for figure in curves} == told.curves

    capfd.readouterr()
    hours = range(24 * 20, 24 * 22)
    answer = asked(loop, release["lambda_version"], [instance(hour) for hour in hours])
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    right = [told.outcome(hour, instance(hour)["distance"]) for hour in hours]
    assert goodness(kind, answer["predictions"], right) > 0.8
    assert [each for line in lines for each in line["predictions"]] == answer["predictions"]
    assert {(line["schema"], line["task"]) for line in lines} == {(3, kind)}

    key = "prediction-log/delay/2026/01/01/00/log"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))
    watched = loop.call("monitor_model", rebaseline=True, run_id=release["run_id"])
    assert watched["collected"]["reasons"] == []
    report = json.loads(client("s3").get_object(Bucket="lake", Key=watched["report"])["Body"].read())
    columns = {column["column"] for column in report["drift"]["columns"]}
    assert columns == {"distance", "carrier"} | told.watched


def asked(loop: WholeLoop, version: str, instances: list[dict[str, Any]]) -> dict[str, Any]:
    event = {"version": "2.0", "body": json.dumps({"instances": instances}), "isBase64Encoded": False}
    payload = json.dumps(event).encode()
    response = loop.inference.invoke(FunctionName=FUNCTION, Qualifier=version, Payload=payload)
    answered = json.loads(response["Payload"].read())
    assert answered["statusCode"] == 200, answered
    return dict(json.loads(answered["body"]))


def goodness(kind: str, predicted: list[Any], right: list[object]) -> float:
    """The share of decisions that are right, or that are not a fifth off."""
    pairs = zip(predicted, right, strict=True)
    if kind == "regression":
        return float(np.mean([abs(p - float(str(r))) < 0.2 * float(str(r)) for p, r in pairs]))
    return float(np.mean([str(p).lower() == str(r) for p, r in pairs]))
