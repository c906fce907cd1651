from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Keepfit


def test_the_definitions_of_this_checkout_are_in_order(keepfit: Keepfit) -> None:
    found = keepfit("definitions", "check", "--json").json
    assert set(found["models"]) == {"flight_delay"}
    assert found["datasets"] == ["flight_delay_outcomes", "flights", "weather"]
    assert found["mistakes"] == []


def test_what_is_wrong_is_named_with_its_file(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / "trips.toml").write_text("[dataset.trips]\nevent_tim = 'x'\n")
    answer = keepfit("definitions", "check", "--folder", str(tmp_path))
    assert answer.exit_code == 1
    assert "trips.toml" in answer.stderr
    assert keepfit("definitions", "check", "--folder", str(tmp_path / "no")).exit_code == 3


def test_a_parameter_that_the_algorithm_does_not_know_is_named_before_anything_is_trained(
    keepfit: Keepfit, tmp_path: Path
) -> None:
    (tmp_path / "trips.toml").write_text(
        """
        dataset.trips.event_time = "at"
        dataset.trips.fields = { at = { type = "timestamp" }, far = { type = "float" }, late = { type = "bool" } }
        dataset.tides = { event_time = "at", fields = { at = { type = "timestamp" } } }
        [model.lateness]
        dataset = "trips"
        label = "late"
        inputs = ["far"]
        training.candidates.trees = { algorithm = "random_forest", parameters = { n_estimators = 2 } }
        """
    )
    answer = keepfit("definitions", "check", "--folder", str(tmp_path))
    assert answer.exit_code == 0
    assert "No model reads [dataset.tides]" in answer.stderr
    written = (tmp_path / "trips.toml").read_text()
    for wrong, says in (("trees_n = 2", "'trees_n'"), ("n_estimators = -2", "Got -2 instead")):
        (tmp_path / "trips.toml").write_text(written.replace("n_estimators = 2", wrong))
        answer = keepfit("definitions", "check", "--folder", str(tmp_path))
        assert answer.exit_code == 1
        assert "trips.toml:9: [model.lateness.training.candidates.trees] parameters: " in answer.stderr
        assert says in answer.stderr


def test_own_code_is_read_and_not_run(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / "trips.toml").write_text(
        """
        dataset.trips.event_time = "at"
        dataset.trips.fields = { at = { type = "timestamp" }, far = { type = "float" }, late = { type = "bool" } }
        [model.lateness]
        dataset = "trips"
        label = "late"
        inputs = ["far"]
        training.candidates.mine = { algorithm = "own_code" }
        """
    )
    (tmp_path / "lateness").mkdir()
    (tmp_path / "lateness" / "estimator.py").write_text(
        "raise SystemExit('run')\ndef estimator(columns, seed): ..."
    )
    assert keepfit("definitions", "check", "--folder", str(tmp_path)).exit_code == 0


def test_all_mistakes_are_told_at_once_and_as_a_list_to_programs(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / "trips.toml").write_text(
        """[dataset.trips]
event_time = "ta"
fields = { at = { type = "timestamp" }, far = { type = "float" }, late = { type = "bool" } }
"""
    )
    (tmp_path / "tides.toml").write_text(
        """[dataset.tides]
event_time = "at"
fields = { at = { type = "timestamp" }, far = { type = "float" }, late = { type = "bool" } }
[model.high]
dataset = "tides"
label = "late"
inputs = ["far"]
[model.high.training.candidates]
trees = { algorithm = "random_forest", parameters = { n_estimators = 2, depth = 3 } }
more = { algorithm = "logistic_regression", parameters = { C = -1 } }
"""
    )
    answer = keepfit("definitions", "check", "--folder", str(tmp_path))
    assert answer.exit_code == 1
    places = [line.partition(": ")[0] for line in answer.stderr.splitlines()]
    assert places[:3] == ["tides.toml:9", "tides.toml:10", "trips.toml:2"]
    assert "3 to correct" in answer.stderr
    found = keepfit("definitions", "check", "--folder", str(tmp_path), "--json")
    assert found.exit_code == 1
    assert [(one["file"], one["line"]) for one in found.json["mistakes"]] == [
        ("tides.toml", 9),
        ("tides.toml", 10),
        ("trips.toml", 2),
    ]
    assert all(one["message"].startswith("[") for one in found.json["mistakes"])


def test_a_folder_without_definitions_is_said_to_be_one(keepfit: Keepfit, tmp_path: Path) -> None:
    answer = keepfit("definitions", "check", "--folder", str(tmp_path))
    assert answer.exit_code == 3
    assert "there is no .toml file in" in answer.stderr


def test_the_schema_is_the_same_document_for_people_and_programs(keepfit: Keepfit) -> None:
    assert keepfit("definitions", "schema").json == keepfit("definitions", "schema", "--json").json
