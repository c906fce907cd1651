from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Asked, Keepfit

TRIPS = """
[dataset.trips]
event_time = "at"
max_bad_share = 0.5
[dataset.trips.fields]
at = { type = "timestamp" }
far = { type = "float", min = 0 }
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "trips.toml").write_text(TRIPS)
    return tmp_path / "models"


def check(keepfit: Keepfit, models: Path, body: str, *more: str, name: str = "a.csv") -> Asked:
    file = models.parent / name
    file.write_text(body)
    return keepfit("check", "trips", str(file), "--folder", str(models), *more)


def test_a_file_is_told_what_its_upload_would_be(keepfit: Keepfit, models: Path) -> None:
    body = "At,far,gate\n2013-01-01,1.5,7\n2013-01-02,?,7\n"
    answer = check(keepfit, models, body)
    assert answer.exit_code == 0
    for said in ("come in", "gate", "is not a number", "row 3: '?'", 'missing = ["?"], nullable = true'):
        assert said in answer.stdout
    assert "keepfit upload trips" in answer.stderr
    found = check(keepfit, models, body, "--json").json
    assert (found["taken"], found["report"]["rows"], found["report"]["bad_rows"]) == (True, 2, 1)
    assert found["report"]["suggestions"] == [
        {"field": "far", "keys": {"missing": ["?"], "nullable": True}, "cells": 1, "otherwise": []}
    ]


def test_a_file_that_would_be_refused_fails_and_says_why(keepfit: Keepfit, models: Path) -> None:
    answer = check(keepfit, models, "at,fare\n2013-01-01,1\n", "--json")
    assert answer.exit_code == 1
    assert answer.json["taken"] is False
    assert answer.json["report"]["refused"] == "has no column far; its columns are at, fare"
    assert answer.json["report"]["suggestions"][0]["keys"] == {"column": "fare"}
    assert "is a ZIP archive" in check(keepfit, models, "PK\x03\x04\0").stdout
    assert "is empty" in check(keepfit, models, "").stdout


CONTRACTS = """
[[dataset.trips.contracts]]
rule = "range"
fields = ["far"]
max = 100
severity = "warn"
[[dataset.trips.contracts]]
rule = "row_count"
min = 2
[[dataset.trips.contracts]]
rule = "references"
fields = ["far"]
dataset = "trips"
"""


def test_every_contract_is_told_with_what_it_comes_to(keepfit: Keepfit, models: Path) -> None:
    (models / "trips.toml").write_text(TRIPS + CONTRACTS)
    answer = check(keepfit, models, "at,far\n2013-01-01,1.5\n2013-01-02,101\n")
    assert answer.exit_code == 0
    for said in (
        "Contracts",
        "range far",
        "broken",
        "1 rows: far is above 100",
        "kept",
        "cannot be seen from here",
    ):
        assert said in answer.stdout
    waits = check(keepfit, models, "at,far\n2013-01-01,1.5\n")
    assert waits.exit_code == 1
    assert "would wait for a person: breaks contracts: row_count: it has 1 rows, and needs 2" in waits.stdout


def test_what_is_not_there_is_named(keepfit: Keepfit, models: Path) -> None:
    answer = keepfit("check", "tips", "a.csv", "--folder", str(models))
    assert answer.exit_code == 3
    assert "the datasets are: trips" in answer.stderr
    assert keepfit("check", "trips", str(models / "no.csv"), "--folder", str(models)).exit_code == 3
