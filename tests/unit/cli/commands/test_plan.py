from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.commands import plan as module
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from tests.unit.cli.conftest import Keepfit

ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"TreatMissingData": "ignore"}}


@pytest.fixture
def assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platform's template as it would be synthesized."""
    folder = tmp_path / "assembly"
    folder.mkdir()
    write(folder, ALARM)
    monkeypatch.setattr(module, "synthesized", lambda *_asked: folder)
    monkeypatch.setattr(module, "_unpacked", lambda _build: {})
    return folder


def write(folder: Path, alarm: dict[str, Any]) -> None:
    template = {
        "Resources": {
            "Drift": alarm,
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        }
    }
    (folder / "keepfit-platform.template.json").write_text(json.dumps(template))


@pytest.fixture
def deployed(deployment: Deployment, assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = json.loads((assembly / "keepfit-platform.template.json").read_text())
    monkeypatch.setattr(module, "_template", lambda _deployment, _stack: before)


def test_what_is_deployed_already_changes_nothing(keepfit: Keepfit, deployed: None) -> None:
    answer = keepfit("plan", "--json")
    assert answer.exit_code == 0
    assert answer.json["changes"] == []
    assert answer.json["compared_with"]


def test_a_change_is_told_with_its_property(keepfit: Keepfit, deployed: None, assembly: Path) -> None:
    write(assembly, {**ALARM, "Properties": {"TreatMissingData": "breaching"}})
    (change,) = keepfit("plan", "--json").json["changes"]
    assert (change["resource"], change["kind"], change["properties"]) == (
        "Drift",
        "changed",
        ["TreatMissingData"],
    )


def test_what_would_break_is_told_and_fails(keepfit: Keepfit, deployed: None, assembly: Path) -> None:
    write(assembly, {**ALARM, "Properties": {}})
    answer = keepfit("plan")
    assert answer.exit_code == Exit.FAILED
    assert "no rule for missing data" in answer.stdout


def test_without_a_place_nothing_is_compared(
    keepfit: Keepfit, assembly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_where: object) -> Deployment:
        raise CommandError("no embedded cloud is up", Exit.UNREACHABLE)

    monkeypatch.setattr(module.Where, "deployment", nowhere)
    answer = keepfit("plan")
    assert answer.exit_code == 0
    assert "Nothing is compared" in answer.stderr
    assert keepfit("plan", "--place", "local:demo").exit_code == Exit.UNREACHABLE
