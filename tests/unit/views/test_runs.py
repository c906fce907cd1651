from __future__ import annotations

import json
from datetime import timedelta

from keepfit.views.runs import RunDetail, read_run, read_runs, read_suppressions
from keepfit.views.stores import ModelStores
from tests.unit.views.support import history
from tests.unit.views.support.history import AT


def detail(stores: ModelStores, run_id: str = history.RUN_ID) -> RunDetail:
    found = read_run([stores], run_id)
    assert found is not None
    return found


def test_runs_come_newest_first_and_no_more_than_asked_for(stores: ModelStores) -> None:
    for number in range(3):
        history.put_run(stores, run_id=f"run-{number}", started_at=AT + timedelta(hours=number))
    assert [run.run_id for run in read_runs([stores], 2)] == ["run-2", "run-1"]


def test_triggers_that_started_no_run_come_newest_first(stores: ModelStores) -> None:
    history.put_suppression(stores, "too early")
    history.put_suppression(stores, "nothing new", at=AT + timedelta(hours=1))
    assert [each.reason for each in read_suppressions([stores], 5)] == ["nothing new", "too early"]


def test_a_run_that_no_model_has_is_none(stores: ModelStores) -> None:
    assert read_run([stores], "nope") is None


def test_a_run_that_has_only_begun_left_nothing(stores: ModelStores) -> None:
    history.put_run(stores, closed_at=None, outcome=None, reason=None, version=None)
    found = detail(stores)
    assert (found.definition, found.training_set, found.judgement) == (None, None, None)
    assert (found.rows, found.candidates, found.moves) == ([], {}, [])
    assert found.judged() is None


def test_documents_are_shown_as_they_were_written(stores: ModelStores) -> None:
    history.put_evidence(stores, history.put_run(stores))
    found = detail(stores)
    assert found.definition == {"name": "delay"}
    assert found.training_set == {"rows": 1000, "waiting_rows": 77, "holdout_rows": 500}
    assert found.candidates["logistic"] == {"error": "MemoryError", "cause": "out of memory"}
    judgement = found.judged()
    assert judgement is not None
    assert judgement.winner == "boosting"


def test_a_report_replaces_the_failure_of_an_earlier_attempt(stores: ModelStores) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    folder = f"{run.folder}/candidates/boosting"
    stores.artifacts.put(f"{folder}/failed.json", json.dumps({"error": "E", "cause": "c"}).encode())
    assert detail(stores).candidates["boosting"]["algorithm"] == "hist_gradient_boosting"


def test_rows_are_named_until_they_expire(stores: ModelStores) -> None:
    run = history.put_run(stores)
    keys = [f"runs/delay/rows/{run.run_id}/{name}" for name in ("holdout.jsonl", "train.parquet")]
    for key in keys:
        stores.artifacts.put(key, b"")
    assert detail(stores).rows == keys


def test_only_the_moves_of_a_run_are_its_own(stores: ModelStores) -> None:
    history.two_releases(stores)
    history.put_run(stores, run_id="run-2")
    assert [move.version for move in detail(stores, "run-2").moves] == [2]
