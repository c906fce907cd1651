from __future__ import annotations

import json
import re

from cli.exits import Exit
from keepfit.views.stores import ModelStores
from tests.unit.adapters.mlflow.support import FakeTrackingServer
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history
from tests.unit.views.support.evidence import put_more_evidence


def test_the_word_list_may_be_left_out(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores)
    assert keepfit("runs", "--json").json == keepfit("runs", "list", "delay", "--json").json


def test_runs_say_what_asked_for_them_and_what_came_of_it(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores)
    [run] = keepfit("runs", "delay", "--json").json
    assert (run["run_id"], run["outcome"], run["version"]) == (history.RUN_ID, "released", 2)
    assert run["trigger"]["detail"] == {"dataset": "flights", "version": 1}
    assert "upload (flights, version 1)" in keepfit("runs").stdout


def test_an_alarm_that_waited_for_data_names_the_data(keepfit: Keepfit, stores: ModelStores) -> None:
    waited = {"kind": "upload", "dataset": "flights", "version": 4}
    history.put_run(stores, trigger=history.trigger("alarm", since="…", waited_for=waited))
    assert "alarm (with flights, version 4, that it waited for)" in keepfit("runs").stdout


def test_another_attempt_names_the_run_that_failed(keepfit: Keepfit, stores: ModelStores) -> None:
    again = history.trigger("schedule").again(failed_run="r1", attempt=2)
    history.put_suppression(stores, trigger=again)
    assert "schedule (again after r1)" in keepfit("runs", "--suppressed").stdout


def test_the_champion_of_another_model_is_named(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_suppression(stores, trigger=history.trigger("node", model="forest", version=3))
    assert "node (forest, version 3)" in keepfit("runs", "--suppressed").stdout


def test_suppressed_triggers_are_shown_with_their_reasons(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_suppression(stores, "the cooldown lasts until noon")
    [one] = keepfit("runs", "--suppressed", "--json").json
    assert one["reason"] == "the cooldown lasts until noon"
    assert "the cooldown lasts until noon" in keepfit("runs", "--suppressed").stdout


def test_a_stranger_learns_what_made_a_model_and_why_it_won(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_version(stores, 1)
    history.put_evidence(stores, history.put_run(stores))
    found = keepfit("runs", "show", history.RUN_ID, "--json").json
    assert found["run"]["data"] == {"flights": 1}
    assert (found["run"]["definition_digest"], found["run"]["code_digest"]) == ("d1", "c1")
    assert found["candidates"]["boosting"]["parameters"] == {"max_iter": 150, "learning_rate": 0.05}
    assert found["candidates"]["logistic"]["error"] == "MemoryError"
    assert found["judgement"]["winner"] == "boosting"
    assert found["training_set"]["rows"] == 1000
    assert found["definition"] == {"name": "delay"}


def test_people_see_the_intervals_and_what_each_loser_failed_at(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.put_evidence(stores, history.put_run(stores))
    shown = keepfit("runs", "show", history.RUN_ID).stdout
    for said in (
        "0.6800 to 0.7200",
        "+0.0200",
        "parity: differs by up to 0.3",
        "training: out of memory",
        "champion, version 1",
        "boosting is best with roc_auc 0.7000",
    ):
        assert said in shown


def test_rows_that_wait_for_the_cut_are_counted(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_evidence(stores, history.put_run(stores))
    assert re.search(r"waiting_rows\W+77", keepfit("runs", "show", history.RUN_ID).stdout)


def test_a_run_says_where_the_rows_are_that_it_trained_on_and_that_they_expired(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    assert keepfit("runs", "show", history.RUN_ID, "--json").json["rows"] == []
    assert re.search(r"copies of the rows\W+expired", keepfit("runs", "show", history.RUN_ID).stdout)
    key = f"runs/delay/rows/{history.RUN_ID}/train.parquet"
    stores.artifacts.put(key, b"PAR1")
    assert keepfit("runs", "show", history.RUN_ID, "--json").json["rows"] == [key]
    assert "expired" not in keepfit("runs", "show", history.RUN_ID).stdout


def test_the_moves_of_the_alias_that_a_run_made_are_part_of_its_story(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.two_releases(stores)
    history.put_run(stores, run_id="run-2")
    found = keepfit("runs", "show", "run-2", "--json").json
    assert [(move["action"], move["version"]) for move in found["moves"]] == [("promote", 2)]


def test_a_run_that_has_only_begun_can_be_shown(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores, closed_at=None, outcome=None, reason=None, version=None)
    found = keepfit("runs", "show", history.RUN_ID, "--json").json
    assert (found["training_set"], found["candidates"], found["judgement"]) == (None, {}, None)
    assert "under way" in keepfit("runs", "show", history.RUN_ID).stdout


def test_runs_are_compared_by_all_that_made_them(keepfit: Keepfit, stores: ModelStores) -> None:
    first = history.put_run(stores)
    history.put_evidence(stores, first)
    other = history.put_run(stores, run_id="20130401T120000-bbbbbbbb", data={"flights": 2}, code_digest="c2")
    history.put_evidence(stores, other)
    report = {"algorithm": "hist_gradient_boosting", "parameters": {"max_iter": 300, "learning_rate": 0.05}}
    stores.artifacts.put(f"{other.folder}/candidates/boosting/report.json", json.dumps(report).encode())

    compared = keepfit("runs", "compare", first.run_id, other.run_id, "--json").json
    assert compared["runs"] == [first.run_id, other.run_id]
    assert {(each["part"], each["name"], *each["values"]) for each in compared["differences"]} == {
        ("data", "version of flights", 1, 2),
        ("code", "code", "c1", "c2"),
        ("parameters", "max_iter", 150, 300),
    }
    assert compared["alike"] == ["definition", "metrics", "gates"]
    assert compared["common_rows"]["note"]

    shown = keepfit("runs", "compare", first.run_id, other.run_id).stdout
    for said in (
        "Parameters of the chosen candidate",
        "max_iter",
        "300",
        "Alike: definition, metrics, gates",
    ):
        assert said in shown


def test_a_run_is_not_compared_with_itself(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores)
    answer = keepfit("runs", "compare", history.RUN_ID, history.RUN_ID)
    assert answer.exit_code == 2
    assert "name two or more" in answer.stderr


def test_a_run_is_sent_to_a_tracking_server(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores)
    with FakeTrackingServer().running() as server:
        told = keepfit("runs", "track", history.RUN_ID, "--to", server.url, "--json").json
    assert told == {"run": history.RUN_ID, "experiment": "delay", "candidates": []}
    assert server.named(history.RUN_ID)["status"] == "FINISHED"
    assert keepfit("runs", "track", "none", "--to", server.url).exit_code == Exit.NOT_FOUND
    assert keepfit("runs", "track", history.RUN_ID, "--to", server.url).exit_code == Exit.UNREACHABLE


def test_a_run_that_is_under_way_is_not_tracked(keepfit: Keepfit, stores: ModelStores) -> None:
    history.put_run(stores, closed_at=None, outcome=None)
    assert keepfit("runs", "track", history.RUN_ID, "--to", "http://127.0.0.1:1").exit_code == Exit.REFUSED


def test_people_see_slices_gaps_and_what_the_answers_rest_on(keepfit: Keepfit, stores: ModelStores) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    put_more_evidence(stores, run)
    shown = " ".join(keepfit("runs", "show", run.run_id).stdout.split())
    for said in (
        "the searched ones of 61",
        "6 rows, and a slice needs 50",
        "selection rate",
        "hour +0.1000",
        "yes: the last doubling, to 1,000 rows, made roc_auc surely better",
    ):
        assert said in shown


def test_a_candidate_of_own_code_shows_the_codes_digest(keepfit: Keepfit, stores: ModelStores) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    assert "own code" not in keepfit("runs", "show", history.RUN_ID).stdout
    key = f"{run.folder}/candidates/forest/report.json"
    report = json.loads(stores.artifacts.get(key)) | {"code_sha256": "ab12" * 16}
    stores.artifacts.put(key, json.dumps(report).encode())
    shown = " ".join(keepfit("runs", "show", history.RUN_ID).stdout.split())
    assert "own code" in shown
    found = keepfit("runs", "show", history.RUN_ID, "--json").json["candidates"]
    assert found["forest"]["code_sha256"] == "ab12" * 16
