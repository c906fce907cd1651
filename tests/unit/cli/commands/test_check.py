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


def test_what_is_not_there_is_named(keepfit: Keepfit, models: Path) -> None:
    answer = keepfit("check", "tips", "a.csv", "--folder", str(models))
    assert answer.exit_code == 3
    assert "the datasets are: trips" in answer.stderr
    assert keepfit("check", "trips", str(models / "no.csv"), "--folder", str(models)).exit_code == 3
