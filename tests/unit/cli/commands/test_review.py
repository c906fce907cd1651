"""A change, reviewed: what is trained and compared, and what the exit code says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.commands import review
from cli.exits import CommandError, Exit
from planning.templates import Template
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.project.test_changes import edit, repository

__all__ = ["repository"]
SAME = review.Templates(changes=[], idle_before=0.5, idle_after=0.5, price_date="2026-11-30")


@pytest.fixture
def project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two models, one of which has a sample; no cloud is started and nothing synthesized."""
    monkeypatch.setenv("KEEPFIT_PROJECT", str(repository))
    monkeypatch.setattr(review, "_templates", lambda *_: SAME)
    monkeypatch.setattr(review.Cloud, "down", lambda _: None)
    monkeypatch.setattr(review, "bring_up", lambda *_, **__: None)
    return repository


def upload(outcome: str) -> Any:
    return lambda *_, **__: {"outcome": outcome, "reason": "no column is good", "version": 1}


def test_a_change_of_prose_starts_no_cloud(
    keepfit: Keepfit, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(review, "bring_up", None)
    monkeypatch.setattr(review, "_templates", None)
    edit(project / "README.md", "shop", "a shop")
    answer = keepfit("review", "--since", "main", "--into", str(tmp_path / "summary.md"), "--json")
    assert (answer.exit_code, answer.json["trainings"], answer.json["templates"]) == (Exit.OK, [], None)
    assert "No model is concerned." in (tmp_path / "summary.md").read_text()


def test_a_model_without_a_sample_is_said_not_to_be_trained(keepfit: Keepfit, project: Path) -> None:
    edit(project / "models" / "pears.toml", '["size", "weight"]', '["size"]')
    answer = keepfit("review", "--since", "main", "--json")
    (trained,) = answer.json["trainings"]
    assert (trained["model"], trained["outcome"]) == ("pears_quality", "not trained")
    assert trained["why"] == "there is no samples/pears.*"
    assert answer.exit_code == Exit.OK


def test_a_sample_that_is_refused_fails_the_review(
    keepfit: Keepfit, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review.train_file, "upload_once", upload("refused"))
    edit(project / "models" / "apples.toml", '["size", "weight"]', '["size"]')
    answer = keepfit("review", "--since", "main")
    assert answer.exit_code == Exit.FAILED
    assert "| apples_quality | refused | no column is good | its definition differs |" in answer.stdout
    assert "Not well: apples_quality." in answer.stderr


@pytest.mark.parametrize("failed", [True, False])
def test_a_cloud_is_put_away_whatever_came_of_it(
    keepfit: Keepfit, project: Path, monkeypatch: pytest.MonkeyPatch, failed: bool
) -> None:
    downs: list[str] = []
    monkeypatch.setattr(review.Cloud, "down", lambda cloud: downs.append(cloud.name))

    def taken(*_: Any, **__: Any) -> dict[str, Any]:
        if failed:
            raise CommandError("the cloud is gone")
        answer: dict[str, Any] = upload("refused")()
        return answer

    monkeypatch.setattr(review.train_file, "upload_once", taken)
    edit(project / "samples" / "apples.csv", "good", "good\n1,2,true")
    assert keepfit("review", "--since", "main").exit_code == Exit.FAILED
    assert downs == ["review"]


def test_a_command_says_what_a_change_concerns(keepfit: Keepfit, project: Path) -> None:
    assert "No model is concerned by 0 changed files" in keepfit("changes", "--since", "main").stdout
    edit(project / "requirements.txt", "keepfit", "keepfit==2")
    answer = keepfit("changes", "--since", "main", "--json")
    assert [each["model"] for each in answer.json["models"]] == ["apples_quality", "pears_quality"]


def test_a_revision_that_does_not_exist_is_refused(keepfit: Keepfit, project: Path) -> None:
    answer = keepfit("changes", "--since", "nope")
    assert answer.exit_code == Exit.NOT_FOUND
    assert "fetch the whole history" in answer.stderr


def test_templates_are_compared_by_resource_and_by_cost_at_idle() -> None:
    alarm, table = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}, {"Type": "AWS::DynamoDB::Table"}
    then = {
        name: Template(name, {"Resources": resources})
        for name, resources in {"a": {"Alarm": alarm, "Table": table}, "gone": {"Table": table}}.items()
    }
    now = {"a": Template("a", {"Resources": {"Alarm": alarm, "More": alarm}})}
    found = review._compared(then, now, {}, {})
    assert {(each.stack, each.resource, each.kind) for each in found.changes} == {
        ("a", "More", "added"),
        ("a", "Table", "removed"),
        ("gone", "Table", "removed"),
    }
    assert found.idle_after - found.idle_before == pytest.approx(0.1)
    assert review._compared(then, then, {}, {}).changes == []
