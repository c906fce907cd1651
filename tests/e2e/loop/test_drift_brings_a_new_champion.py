from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from cli.places.functions import invoke
from keepfit.adapters.aws.s3_prediction_log import S3PredictionLog
from keepfit.monitoring.prediction_log.parse import Prediction, read_log_object
from keepfit.registry.ledger import Entry, verify
from keepfit.registry.versions import read_files, read_manifest
from keepfit.training.runs.run import TrainingRun
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product, Traffic

_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened, in its order: requests, the monitor, the alarm, outcomes, a run, its canary under traffic."""

    before: int
    answered: dict[str, float]
    logged: dict[str, Prediction]
    monitored: dict[str, Any]
    alarmed: list[dict[str, Any]]
    flights: int
    run: TrainingRun
    traffic: Traffic
    moves: list[Entry]


@pytest.fixture(scope="module")
def story(released: Product) -> Story:
    with pytest.MonkeyPatch.context() as patch:
        released.enter(patch)
        return live_through_february(released)


def live_through_february(product: Product) -> Story:
    before, known = product.champion.version, len(product.deployment.ledger(MODEL).entries())
    answered = ask_all(product)
    logged = product.watch.until("the delivery of all predictions", lambda: found_in_lake(product, answered))
    monitored = invoke(product.deployment.model(MODEL)["MonitorFunction"], {})
    product.alarm_sounds()
    traffic = Traffic(product, world.february_requests())
    alarmed = product.watch.until("the alarm's execution", lambda: started_by_the_alarm(product))
    product.watch.settled(1, meanwhile=traffic.while_baking)
    product.take_in("weather/2013-02.csv", world.weather(world.FEBRUARY))
    flights = taken_by_a_person(product, "flights/2013-02.csv", world.february_flights())
    run = product.watch.until("the retraining", lambda: run_on(product, flights))
    product.watch.settled(1, meanwhile=traffic.while_baking)
    return Story(
        before=before,
        answered=answered,
        logged=logged,
        monitored=monitored,
        alarmed=alarmed,
        flights=flights,
        run=product.run_of(run.execution_arn) or run,
        traffic=traffic,
        moves=product.deployment.ledger(MODEL).entries()[known:],
    )


def taken_by_a_person(product: Product, key: str, body: bytes) -> int:
    """The version with an upload that stands out so much that it waits for a person, who knows why it does."""
    product.put(key, body)
    refusal = product.refusal(key)
    assert refusal.held, refusal.reason
    released = product.keepfit(
        "quarantine", "release", "flights", key, "--why", "everything leaves from Newark now"
    )
    return int(released["version"])


def ask_all(product: Product) -> dict[str, float]:
    """Every February request, in batches: probabilities by prediction id."""
    answered: dict[str, float] = {}
    asked = world.february_requests()
    for start in range(0, len(asked), _BATCH):
        answer = product.ask(asked[start : start + _BATCH])
        assert answer.status == 200, answer.body
        answered |= dict(zip(answer.body["prediction_ids"], answer.body["probabilities"], strict=True))
    return answered


def found_in_lake(product: Product, wanted: dict[str, float]) -> dict[str, Prediction] | None:
    log = S3PredictionLog(bucket=product.deployment.platform("LakeBucket"), model=MODEL)
    found: dict[str, Prediction] = {}
    for key in log.after(""):
        reading = read_log_object(log.read(key), MODEL)
        assert reading.broken == []
        found |= {prediction.prediction_id: prediction for prediction in reading.predictions}
    return found if wanted.keys() <= found.keys() else None


def started_by_the_alarm(product: Product) -> list[dict[str, Any]]:
    """The inputs of executions that EventBridge started for a change of the drift alarm."""
    states = product.client("stepfunctions")
    inputs = [
        json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])
        for execution in product.watch.executions()
    ]
    return [event for event in inputs if event["source"] == "aws.cloudwatch"]


def run_on(product: Product, flights: int) -> TrainingRun | None:
    runs = product.deployment.runs(MODEL).newest(10)
    return next((run for run in runs if run.data.get("flights") == flights), None)


def test_every_prediction_reaches_the_lake_as_it_was_answered(story: Story) -> None:
    assert len(story.answered) == len(world.february_requests())
    for prediction_id, probability in story.answered.items():
        logged = story.logged[prediction_id]
        assert logged.outputs["probability"] == pytest.approx(probability)
        assert logged.version == story.before
    distances = [story.logged[i].inputs["distance"] for i in story.answered]
    assert distances == [request["distance"] for request in world.february_requests()]


def test_the_monitor_finds_what_moved(story: Story) -> None:
    assert story.monitored["rows"] >= len(story.answered)
    assert story.monitored["worst_drift"] >= story.monitored["threshold"]
    assert "origin" in story.monitored["drifted"]
    assert story.monitored["champion"] == story.before


def test_the_alarm_reaches_the_state_machine_through_eventbridge(story: Story, released: Product) -> None:
    detail = story.alarmed[0]["detail"]
    assert story.alarmed[0]["detail-type"] == "CloudWatch Alarm State Change"
    assert detail["alarmName"] == released.deployment.model(MODEL)["DriftAlarm"]
    assert detail["state"]["value"] == "ALARM"


def test_outcomes_that_come_while_the_alarm_stands_retrain_the_model(story: Story) -> None:
    assert story.run.trigger.kind == "alarm"
    assert story.run.trigger.detail["waited_for"]["dataset"] == "flights"
    assert story.run.trigger.detail["waited_for"]["version"] == story.flights
    assert story.run.outcome == "released"
    assert story.run.champion is not None
    assert story.run.champion.version == story.before


def test_the_challenger_is_tried_on_a_share_of_live_traffic_and_then_promoted(story: Story) -> None:
    assert story.run.version is not None
    ours = [move for move in story.moves if move.run_id == story.run.run_id]
    assert [(move.action, move.version) for move in ours] == [
        ("canary", story.run.version),
        ("promote", story.run.version),
    ]
    assert [move.weight for move in ours] == [0.2, 1.0]
    assert [move.previous_version for move in ours] == [story.before, story.before]


def test_no_client_sees_a_failure_while_models_change(story: Story) -> None:
    assert len(story.traffic.replies) > 100
    assert story.traffic.failed == []


def test_the_new_champion_lets_the_alarm_go_back_to_ok(story: Story, released: Product) -> None:
    released.watch.alarm_is("OK")
    assert released.watch.alarm_state() == "OK"


def test_the_ledger_is_one_unbroken_chain(story: Story, released: Product) -> None:
    entries = released.deployment.ledger(MODEL).entries()
    verify(entries)
    for before, after in pairwise(entries):
        assert after.replaced_revision == before.revision


def test_the_runs_record_says_which_data_code_and_parameters_made_the_model_and_why_it_won(
    story: Story, released: Product
) -> None:
    shown = released.keepfit("runs", "show", story.run.run_id)
    winner = shown["judgement"]["winner"]
    assert shown["run"]["data"]["flights"] == story.flights
    manifest = released.deployment.manifests.manifest("flights", story.flights)
    assert {part.source.key for part in manifest.parts} >= {"flights/2013-01.csv", "flights/2013-02.csv"}
    assert len(shown["run"]["code_digest"]) == len(shown["run"]["definition_digest"]) == 64
    declared = shown["definition"]["definition"]["training"]["candidates"][winner]
    report = shown["candidates"][winner]
    assert report["algorithm"] == declared["algorithm"]
    assert declared["parameters"].items() <= report["parameters"].items()
    [verdict] = [each for each in shown["judgement"]["verdicts"] if each["candidate"] == winner]
    assert verdict["gain"] > 0
    assert verdict["failed"] == []
    assert winner in shown["judgement"]["reason"]
    assert shown["run"]["reason"] == shown["judgement"]["reason"]


def test_the_registered_version_proves_its_files_and_its_origin(story: Story, released: Product) -> None:
    assert story.run.version is not None
    version = released.deployment.versions(MODEL).get(story.run.version)
    manifest = read_manifest(released.deployment.artifacts, version)
    assert (manifest.run_id, manifest.data) == (story.run.run_id, story.run.data)
    assert manifest.digests.keys() == {"data", "definition", "code", "packages"}
    assert set(read_files(released.deployment.artifacts, version, manifest.files)) >= {
        "model.onnx",
        "golden.json",
    }


def test_a_person_brings_the_former_version_back_in_one_update_of_the_alias(
    story: Story, released: Product
) -> None:
    alias = {"FunctionName": released.deployment.model(MODEL)["PredictFunction"], "Name": "live"}
    before = released.client("lambda").get_alias(**alias)["RevisionId"]
    said = released.keepfit("rollback", MODEL, "--why", "the new one is too strict")
    after = released.client("lambda").get_alias(**alias)
    last = released.deployment.ledger(MODEL).entries()[-1]
    assert (said["version"], released.champion.version) == (story.before, story.before)
    assert after.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}) == {}
    assert (last.action, last.version, last.why) == ("restore", story.before, "the new one is too strict")
    assert (last.replaced_revision, last.revision) == (before, after["RevisionId"])
    assert released.ask(world.january_requests()[:1]).body["model_version"] == story.before
    assert released.keepfit("ledger", MODEL)["intact"] is True
