from __future__ import annotations

import json

from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history

DEFINITION = {
    "name": "delay",
    "definition": {"gates": {"max_size_mb": 1.0, "replay_requests": 0}, "tests": []},
}


def put_verdicts(stores: ModelStores, run_id: str = history.RUN_ID) -> None:
    """A run that is not released: its model is too large, and slow, which only warns."""
    run = history.put_run(stores, run_id=run_id)
    history.put_evidence(stores, run)
    key = f"{run.folder}/judgement.json"
    judgement = json.loads(stores.artifacts.get(key))
    judgement |= {"winner": None, "reason": "boosting is not released: the model has 2.000 MB"}
    judgement["verdicts"][0] |= {
        "failed": [{"gate": "size", "reason": "the model has 2.000 MB"}],
        "gates": [
            {"gate": "parity", "passed": True, "reason": "it differs by up to 0"},
            {"gate": "size", "passed": False, "reason": "the model has 2.000 MB", "value": 2.0, "limit": 1.0},
            {
                "gate": "latency",
                "passed": False,
                "reason": "30 ms",
                "severity": "warned",
                "details": ["a", "b"],
            },
        ],
    }
    stores.artifacts.put(key, json.dumps(judgement).encode())
    stores.artifacts.put(f"{run.folder}/definition.json", json.dumps(DEFINITION).encode())


def test_each_gate_says_what_it_asks_what_was_measured_and_whether_it_was_passed(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    put_verdicts(stores)
    found = keepfit("gates", "delay", "--json").json
    assert (found["candidate"], found["released"]) == ("boosting", False)
    of = {each["gate"]: each for each in found["gates"]}
    outcomes = {name: each["outcome"] for name, each in of.items()}
    assert (
        outcomes
        | {
            "parity": "passed",
            "size": "failed",
            "latency": "warned",
            "certainty": "not judged",
            "replay": "not asked",
            "model_tests": "not asked",
        }
        == outcomes
    )
    assert (of["size"]["value"], of["size"]["limit"]) == (2.0, 1.0)
    assert of["min_value"]["measured"] == "gates.min_value is not set"
    shown = keepfit("gates", "delay", history.RUN_ID).stdout
    assert "its file is no larger than gates.max_size_mb" in shown
    assert "Details" in shown
    assert "Gates of boosting" in keepfit("runs", "show", history.RUN_ID).stdout


def test_a_judgement_of_before_shows_the_failures_that_it_kept(keepfit: Keepfit, stores: ModelStores) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    key = f"{run.folder}/judgement.json"
    judgement = json.loads(stores.artifacts.get(key))
    del judgement["verdicts"][0]
    stores.artifacts.put(key, json.dumps({**judgement, "winner": None}).encode())
    of = {each["gate"]: each["outcome"] for each in keepfit("gates", "delay", "--json").json["gates"]}
    assert of["parity"] == "failed"
    assert of["certainty"] == "not judged"


def put_system_tests(stores: ModelStores, run_id: str = history.RUN_ID, *, passed: bool = True) -> None:
    """A release was asked over HTTPS, and refused an unknown field as it should, or not."""
    problem = None if passed else "it is answered 200 instead of 400"
    verdicts = [
        {"gate": "golden", "passed": True, "reason": "over HTTPS it gives the answers of its registration"},
        {"gate": "system_tests", "passed": passed, "reason": problem or "all 1 are passed"},
    ]
    requests = [{"name": "an unknown field", "by": "refusal", "ms": 4.2, "problem": problem}]
    report = {"version": 3, "lambda_version": "9", "cold_ms": 400.0, "warm_ms": 4.0, "requests": requests}
    key = f"runs/delay/{run_id}/system_tests.json"
    stores.artifacts.put(key, json.dumps({**report, "verdicts": verdicts}).encode())


def test_the_gates_on_its_release_are_lines_of_the_winner(keepfit: Keepfit, stores: ModelStores) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    put_system_tests(stores)
    found = keepfit("gates", "delay", "--json").json
    of = {each["gate"]: each["outcome"] for each in found["gates"]}
    assert (of["golden"], of["system_tests"], found["released"]) == ("passed", "passed", True)
    shown = keepfit("runs", "show", history.RUN_ID).stdout
    assert "System tests of version 3" in shown
    assert "4.2 ms" in shown


def test_a_winner_that_failed_its_system_tests_was_not_released(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    put_system_tests(stores, passed=False)
    found = keepfit("gates", "delay", "--json").json
    of = {each["gate"]: each["outcome"] for each in found["gates"]}
    assert (of["golden"], of["system_tests"], found["released"]) == ("passed", "failed", False)
    assert found["reason"] == "system_tests: it is answered 200 instead of 400"


def test_a_version_that_a_person_released_has_the_gates_on_releases(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.put_run(stores)
    put_system_tests(stores)
    found = keepfit("gates", "delay", history.RUN_ID, "--json").json
    assert [each["gate"] for each in found["gates"]] == ["golden", "system_tests"]
    assert found["candidate"] == "version 3"
