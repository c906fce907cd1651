from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Keepfit
from tests.unit.definitions.drafting.tables import noisy, write

ROWS = 300


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("KEEPFIT_MODELS", str(folder))
    return folder


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    return write(tmp_path, {"number": range(ROWS), **noisy(ROWS)})


def test_a_draft_is_a_definition_that_is_in_order(keepfit: Keepfit, models: Path, trips: Path) -> None:
    answer = keepfit("new", "lateness", str(trips), "--label", "late")
    assert f"keepfit train lateness {trips} --wait" in answer.stderr
    assert tomllib.loads((models / "lateness.toml").read_text())["model"]["lateness"]["task"] == "binary"
    checked = keepfit("definitions", "check", "--folder", str(models), "--json").json
    assert (list(checked["models"]), checked["mistakes"]) == (["lateness"], [])


def test_what_was_decided_is_told_with_the_reason(keepfit: Keepfit, models: Path, trips: Path) -> None:
    shown = keepfit("new", "lateness", str(trips), "--label", "late").stdout
    for told in ("late is one of two values", "counts the rows", "drawn by chance"):
        assert told in shown


def test_programs_get_the_draft_and_the_text(keepfit: Keepfit, models: Path, trips: Path) -> None:
    document = keepfit("new", "lateness", str(trips), "--label", "late", "--json").json
    assert document["toml"] == (models / "lateness.toml").read_text()
    uses = {column["name"]: column["use"] for column in document["draft"]["columns"]}
    assert uses == {"number": "left out", "distance": "input", "station": "input", "late": "label"}


def test_a_dry_run_writes_nothing(keepfit: Keepfit, models: Path, trips: Path) -> None:
    document = keepfit("new", "lateness", str(trips), "--label", "late", "--dry-run", "--json").json
    assert document["written"] is False
    assert "[model.lateness]" in document["toml"]
    assert not models.exists()


def test_a_definition_that_is_there_is_replaced_only_when_asked(
    keepfit: Keepfit, models: Path, trips: Path
) -> None:
    models.mkdir()
    (models / "lateness.toml").write_text("# mine\n")
    refused = keepfit("new", "lateness", str(trips), "--label", "late")
    assert (refused.exit_code, (models / "lateness.toml").read_text()) == (1, "# mine\n")
    assert keepfit("new", "lateness", str(trips), "--label", "late", "--replace").exit_code == 0


@pytest.mark.parametrize("name", ["platform", "Lateness", "1st", "late-ness", "../x"])
def test_a_name_that_no_model_can_have_is_refused(
    keepfit: Keepfit, models: Path, trips: Path, name: str
) -> None:
    answer = keepfit("new", name, str(trips), "--label", "late")
    assert answer.exit_code == 1
    assert "needs another name" in answer.stderr
    assert not models.exists() or not list(models.iterdir())


def test_a_name_that_another_file_defines_is_refused(keepfit: Keepfit, models: Path, trips: Path) -> None:
    keepfit("new", "lateness", str(trips), "--label", "late")
    (models / "lateness.toml").rename(models / "other.toml")
    answer = keepfit("new", "lateness", str(trips), "--label", "late")
    assert answer.exit_code == 1
    assert "is defined twice, in other.toml too" in answer.stderr
    assert [path.name for path in models.iterdir()] == ["other.toml"]


def test_what_cannot_be_learned_is_exit_code_four(keepfit: Keepfit, models: Path, trips: Path) -> None:
    answer = keepfit("new", "lateness", str(trips), "--label", "number", "--json")
    assert (answer.exit_code, answer.json["error"]["kind"]) == (4, "RefusedDraft")
    assert "counts the rows" in answer.json["error"]["message"]


def test_no_file_and_contradicting_options_are_told(keepfit: Keepfit, models: Path, trips: Path) -> None:
    assert keepfit("new", "lateness", "no.csv", "--label", "late").exit_code == 3
    both = keepfit("new", "lateness", str(trips), "--label", "late", "--time", "day", "--no-time")
    assert both.exit_code == 2


def test_of_very_many_columns_those_with_a_reason_are_shown(
    keepfit: Keepfit, models: Path, tmp_path: Path
) -> None:
    draw = random.Random(0)
    wide = {f"x{number}": [draw.randrange(97) for _ in range(ROWS)] for number in range(80)}
    table = write(tmp_path, {"number": range(ROWS), **wide, **noisy(ROWS)})
    shown = keepfit("new", "lateness", str(table), "--label", "late").stdout
    assert "counts the rows" in shown
    assert "more inputs: " in shown
    assert "x79" not in shown
