"""A model for each segment, from an upload to answers and drift, by the functions and tasks that AWS would run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.instants import to_iso
from keepfit.serving.exports.mlflow_pyfunc import ExportedVersion
from keepfit.serving.inference.scorer import Scorer
from tests.functions.conftest import Load
from tests.functions.small_run import ARTIFACTS
from tests.functions.whole_loop import WholeLoop, World
from tests.unit.monitoring.support.logs import line, log_object

pytestmark = pytest.mark.usefixtures("training_stack")

STORES = 6
_START = datetime(2013, 1, 1, tzinfo=UTC)
_TOML = """
[dataset.flights]
event_time = "at"
[dataset.flights.fields]
at    = { type = "timestamp" }
store = { type = "category" }
price = { type = "float" }
sold  = { type = "bool", nullable = true }
[model.delay]
dataset    = "flights"
label      = "sold"
inputs     = ["store", "price"]
segment_by = "store"
[model.delay.segments]
minimum_rows = 100
[model.delay.training]
holdout = "20d"
[model.delay.training.candidates.logistic]
algorithm = "logistic_regression"
[model.delay.monitoring]
minimum_rows = 20
[model.delay.retraining]
cooldown = "0s"
"""
_RANDOM = np.random.default_rng(0)
_PRICES = _RANDOM.normal(0, 1, 10_000)
_LUCK = _RANDOM.random(10_000)


def row(hour: int) -> str:
    """Every second store sells more of what is dear, the others less; the last one is small and like the first."""
    store = hour % STORES if hour % 97 else STORES
    chance = 1 / (1 + np.exp(-3 * _PRICES[hour] * (-1) ** store))
    at = to_iso(_START + timedelta(hours=hour))
    return f"{at},s{store},{_PRICES[hour]:.4f},{str(bool(_LUCK[hour] < chance)).lower()}\n"


@pytest.fixture
def loop(tmp_path: Path, load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> WholeLoop:
    world = World(definition=_TOML, header="at,store,price,sold", row=row)
    return WholeLoop(None, tmp_path, load, context, monkeypatch, world)


def document(folder: str, name: str) -> Any:
    return json.loads(ARTIFACTS.get(f"{folder}/{name}"))


def asked(scorer: Scorer, *stores: str, price: float = 1.5) -> list[float]:
    rows = json.dumps({"instances": [{"store": store, "price": price} for store in stores]})
    answers: list[float] = scorer.score(scorer.decode(rows)).round(6).tolist()
    return answers


def test_segments_get_models_of_their_own_and_are_released_and_watched_as_one_version(
    loop: WholeLoop, tmp_path: Path
) -> None:
    _, admitted = loop.admit("Dataset Updated", loop.upload("first", 0, 150))
    trained = loop.train(admitted["run_id"])
    run = f"runs/delay/{admitted['run_id']}"
    own, judgement = f"{run}/candidates/segmented", document(run, "judgement.json")
    assert judgement["winner"] == "segmented"
    by_validation = {each["candidate"]: each["validation"] for each in judgement["verdicts"]}
    assert by_validation["segmented"] > by_validation["logistic"] + 0.2

    record = document(own, "segments.json")
    assert [each["candidate"] for each in record["segments"]] == ["logistic"] * STORES
    assert record["small"] == 1
    figures = document(run, "evaluation.json")["segments"]
    assert {each["segment"]: each.get("own", False) for each in figures["segments"]} == {
        **{f"s{number}": True for number in range(STORES)},
        "s6": False,
    }

    files = {
        name: ARTIFACTS.get(f"models/delay/000001/{name}")
        for name in ("model.onnx", "signature.json", "segments.zip")
    }
    whole = Scorer.load(files["model.onnx"], files["signature.json"], files["segments.zip"])
    fallback = Scorer.load(files["model.onnx"], files["signature.json"])
    stores = ["s0", "s1", "s6", "never seen", "s2", "s1"]
    dear = asked(whole, *stores)
    assert dear[0] > 0.9
    assert dear[1] < 0.1
    assert dear[2:4] == asked(fallback, "s6", "never seen")
    assert dear == [asked(whole, store)[0] for store in stores]

    # The package that Lambda gets answers its golden requests, those of segments among them.
    prepared = loop.prepare(trained)
    answer = loop.inference.invoke(
        FunctionName="predict",
        Qualifier=prepared["lambda_version"],
        Payload=json.dumps({"body": json.dumps({"instances": [{"store": "s1", "price": 1.5}]})}).encode(),
    )
    body = json.loads(json.loads(answer["Payload"].read())["body"])
    assert body["probabilities"] == pytest.approx([dear[1]], abs=1e-6)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    exported = ExportedVersion(tmp_path)._scorer
    assert asked(exported, *stores) == dear

    loop.call("move_alias", action="promote", reason="the first release", **prepared)
    lines = [
        line(
            number,
            model="delay",
            version=1,
            prediction_id=f"p{number}",
            inputs={"store": f"s{number % STORES}", "price": _PRICES[number] + 9.0 * (number % STORES == 3)},
        )
        for number in range(600)
    ]
    client("s3").put_object(
        Bucket="lake", Key="prediction-log/delay/2026/01/01/00/day", Body=log_object(*lines)
    )
    watched = loop.call("monitor_model")
    assert watched["drifted_segments"] == ["s3"]

    # What a lost batch leaves undone costs its segment alone.
    client("s3").delete_object(Bucket="artifacts", Key=f"{own}/segments/00002.msgpack")
    assert loop.step(admitted["run_id"], KEEPFIT_STEP="assemble_segments") == 0
    lost = document(own, "segments.json")["segments"][2]
    assert lost["reason"] == "its task left nothing; see the task's log"
    assert document(own, "report.json")["segments"]["own"] == STORES - 1


def test_where_no_segment_gains_the_candidates_that_answer_all_rows_are_judged_without_one(
    loop: WholeLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.functions.test_segments._LUCK", np.abs(_LUCK - (_PRICES < 0)))
    _, admitted = loop.admit("Dataset Updated", loop.upload("first", 0, 60))
    run_id = admitted["run_id"]
    built = loop.call("build_training_set", run_id=run_id)
    assert (built["segmented"], built["batches"]) == (True, [0])
    assert loop.step(run_id, KEEPFIT_CANDIDATE="logistic") == 0
    assert loop.step(run_id, KEEPFIT_STEP="assemble_segments") == 1
    judged = loop.call("judge_candidates", run_id=run_id)
    assert judged["winner"] in ("logistic", None)
    verdicts = {
        each["candidate"]: each for each in document(f"runs/delay/{run_id}", "judgement.json")["verdicts"]
    }
    [failure] = verdicts["segmented"]["failed"]
    assert failure["reason"] == (
        "NoCandidate: none of 6 segments has a model of its own: 6 of them: its task left nothing; see the task's log"
    )
