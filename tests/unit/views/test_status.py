from __future__ import annotations

from datetime import timedelta

from keepfit.adapters.memory.training import MemoryAlarms
from keepfit.views.serving import Canary
from keepfit.views.status import ModelStatus, read_status
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT, MODEL

URL = "https://api.example"


def model_status(stores: ModelStores) -> ModelStatus:
    [model] = read_status([stores], [], api_url=URL, at=AT).models
    return model


def test_a_model_without_a_past_has_a_status(stores: ModelStores) -> None:
    assert model_status(stores) == ModelStatus(
        model=MODEL,
        predict_url=f"{URL}/models/delay/predict",
        champion=None,
        champion_since=None,
        canary=None,
        last_run=None,
        upload_waits_until=None,
        last_report=None,
        alarms={"drift": "INSUFFICIENT_DATA", "heartbeat": "INSUFFICIENT_DATA"},
    )


def test_one_look_says_what_serves_trains_and_drifts(
    stores: ModelStores, flights: DatasetStores, alarms: MemoryAlarms
) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    history.start_canary(stores, "4", 0.2)
    history.put_run(stores, closed_at=None, outcome=None, version=None)
    history.put_report(stores)
    history.take_file(flights, "aa", version_id="v")
    alarms.standing, alarms.quiet = {"keepfit-delay-drift": AT}, {"keepfit-delay-heartbeat"}
    status = read_status([stores], [flights], api_url=URL, at=AT)
    [model], [dataset] = status.models, status.datasets
    assert (model.champion, model.champion_since) == (2, AT + timedelta(minutes=1))
    assert model.canary == Canary(version=3, weight=0.2)
    assert model.last_run is not None
    assert (model.last_run.run_id, model.last_run.under_way) == (history.RUN_ID, True)
    assert model.last_report is not None
    assert (model.last_report.worst_drift, model.last_report.worst_input) == (0.6, "pressure")
    assert model.alarms == {"drift": "ALARM", "heartbeat": "OK"}
    assert (dataset.dataset, dataset.version) == ("flights", 1)


def test_alarms_on_decay_are_among_the_states_once_they_have_one(
    stores: ModelStores, alarms: MemoryAlarms
) -> None:
    alarms.standing, alarms.quiet = {"keepfit-delay-estimated-decay": AT}, {"keepfit-delay-decay"}
    found = model_status(stores).alarms
    assert (found["decay"], found["estimated_decay"], found["drift"]) == ("OK", "ALARM", "INSUFFICIENT_DATA")


def test_a_champion_that_was_gone_back_to_serves_since_then(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.promote(stores, 1, "2")
    model = model_status(stores)
    assert (model.champion, model.champion_since) == (1, AT + timedelta(minutes=2))


def test_of_uploads_that_wait_the_first_to_ask_again_is_told(stores: ModelStores) -> None:
    for run_id, hours in (("over", -1), ("second", 2), ("first", 1)):
        history.put_suppression(stores, run_id=run_id, ask_again_at=AT + timedelta(hours=hours))
    history.put_suppression(stores, run_id="waits for nothing")
    assert model_status(stores).upload_waits_until == AT + timedelta(hours=1)


def test_rows_that_the_last_run_left_out_are_told_by_reason(stores: ModelStores) -> None:
    run = history.put_run(stores)
    stores.artifacts.put(f"{run.folder}/training_set.json", b'{"left_out": {"older than the window": 7}}')
    last = model_status(stores).last_run
    assert last is not None
    assert last.left_out == {"older than the window": 7}


def test_a_run_that_has_ended_is_not_under_way(stores: ModelStores) -> None:
    history.put_run(stores)
    run = model_status(stores).last_run
    assert run is not None
    assert (run.under_way, run.outcome, run.version) == (False, "released", 2)
