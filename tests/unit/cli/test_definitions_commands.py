from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Keepfit


def test_the_definitions_of_this_checkout_are_in_order(keepfit: Keepfit) -> None:
    found = keepfit("definitions", "check", "--json").json
    assert set(found["models"]) == {"flight_delay"}
    assert found["datasets"] == ["flights", "weather"]


def test_what_is_wrong_is_named_with_its_file(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / "trips.toml").write_text("[dataset.trips]\nevent_tim = 'x'\n")
    answer = keepfit("definitions", "check", "--folder", str(tmp_path))
    assert answer.exit_code == 1
    assert "trips.toml" in answer.stderr
    assert keepfit("definitions", "check", "--folder", str(tmp_path / "no")).exit_code == 3


def test_the_schema_is_the_same_document_for_people_and_programs(keepfit: Keepfit) -> None:
    assert keepfit("definitions", "schema").json == keepfit("definitions", "schema", "--json").json
