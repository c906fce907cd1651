"""A repository of one's own, made from nothing or from a table."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from keepfit.definitions.compiling import examine
from tests.unit.cli.conftest import Keepfit
from tests.unit.definitions.drafting.tables import noisy, write


def made(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_repository_has_all_that_a_review_and_a_deployment_need(keepfit: Keepfit, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    answer = keepfit("init", str(folder))
    assert answer.exit_code == 0
    workflows = {f".github/workflows/{name}.yml" for name in ("review", "deploy", "deploy-to")}
    own = {"app.py", "cdk.json", ".gitignore", "README.md", "requirements.txt", "constraints.txt"}
    rest = {"models/trips.toml", "samples/trips.csv", "tests/test_definitions.py"}
    assert made(folder) == own | rest | workflows
    assert f"keepfit[cloud]=={version('keepfit')}\n" in (folder / "requirements.txt").read_text()
    assert not any(b"@@" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_its_definition_is_in_order_and_takes_its_sample(
    keepfit: Keepfit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keepfit("init", str(tmp_path / "shop"))
    assert examine(tmp_path / "shop" / "models").mistakes == []
    monkeypatch.setenv("KEEPFIT_PROJECT", str(tmp_path / "shop"))
    checked = keepfit("check", "trips", str(tmp_path / "shop" / "samples" / "trips.csv"), "--json")
    assert checked.exit_code == 0
    assert (checked.json["taken"], checked.json["report"]["bad_rows"]) == (True, 0)


def test_the_first_definition_is_drafted_from_a_table(keepfit: Keepfit, tmp_path: Path) -> None:
    trips, folder = write(tmp_path, {"number": range(300), **noisy(300)}), tmp_path / "shop"
    answer = keepfit(
        "init",
        str(folder),
        "--from",
        str(trips),
        "--label",
        "late",
        "--name",
        "delay",
        "--sample",
        str(trips),
    )
    assert answer.exit_code == 0, answer.stderr
    assert list(examine(folder / "models").compiled.models) == ["delay"]
    assert (folder / "samples" / f"delay{trips.suffix}").read_bytes() == trips.read_bytes()


def test_rows_of_a_table_get_into_a_repository_only_where_they_are_named(
    keepfit: Keepfit, tmp_path: Path
) -> None:
    trips, folder = write(tmp_path, {"number": range(300), **noisy(300)}), tmp_path / "shop"
    keepfit("init", str(folder), "--from", str(trips), "--label", "late", "--name", "delay")
    assert not (folder / "samples").exists()


def test_a_folder_with_files_is_left_as_it_is(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    answer = keepfit("init", str(tmp_path), "--json")
    assert answer.exit_code == 4
    assert "is not empty, it has kept.txt" in answer.json["error"]["message"]
    assert made(tmp_path) == {"kept.txt"}


def test_a_new_repository_of_git_is_an_empty_folder(keepfit: Keepfit, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert keepfit("init", str(tmp_path)).exit_code == 0


def test_a_dry_run_writes_nothing(keepfit: Keepfit, tmp_path: Path) -> None:
    document = keepfit("init", str(tmp_path / "shop"), "--dry-run", "--json").json
    assert document["written"] is False
    assert document["files"]["app.py"] > 0
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "t.csv"], "--from and --label go together"),
        (["--sample", "t.csv"], "--sample is of the table that --from names"),
        (["--from", "t.csv", "--label", "late"], "there is no file t.csv"),
    ],
)
def test_what_does_not_go_together_is_refused(
    keepfit: Keepfit, tmp_path: Path, words: list[str], says: str
) -> None:
    answer = keepfit("init", str(tmp_path / "shop"), *words)
    assert answer.exit_code != 0
    assert says in answer.stderr


def test_a_wheel_in_the_repository_is_what_is_required(keepfit: Keepfit, tmp_path: Path) -> None:
    wheel = tmp_path / "keepfit-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    keepfit("init", str(tmp_path / "shop"), "--wheel", str(wheel))
    assert (tmp_path / "shop" / "wheels" / wheel.name).read_bytes() == b"wheel"
    assert (tmp_path / "shop" / "requirements.txt").read_text().startswith(f"./wheels/{wheel.name}[cloud]\n")


def test_workflows_hold_no_key_and_write_only_where_they_must(keepfit: Keepfit, tmp_path: Path) -> None:
    keepfit("init", str(tmp_path / "shop"))
    allowed = {}
    for path in (tmp_path / "shop" / ".github" / "workflows").iterdir():
        text = path.read_text()
        assert "secrets." not in text
        workflow = yaml.safe_load(text)
        jobs = [
            (path.stem, workflow["permissions"]),
            *((f"{path.stem}.{name}", job.get("permissions", {})) for name, job in workflow["jobs"].items()),
        ]
        allowed |= {
            name: given for name, rights in jobs if (given := {k for k, v in rights.items() if v == "write"})
        }
    assert allowed == {
        "review.comment": {"pull-requests"},
        "deploy.dev": {"id-token"},
        "deploy.prod": {"id-token"},
        "deploy-to": {"id-token"},
    }


def test_both_hosts_run_the_same_commands_for_a_change(keepfit: Keepfit, tmp_path: Path) -> None:
    for ci in ("github", "gitlab"):
        keepfit("init", str(tmp_path / ci), "--ci", ci)
    github = yaml.safe_load((tmp_path / "github" / ".github" / "workflows" / "review.yml").read_text())
    gitlab = yaml.safe_load((tmp_path / "gitlab" / ".gitlab-ci.yml").read_text())
    steps = [step["run"] for step in github["jobs"]["review"]["steps"] if "run" in step]
    said = [
        line.replace("$CI_MERGE_REQUEST_DIFF_BASE_SHA", "origin/$BASE") for line in gitlab["review"]["script"]
    ]
    assert said == steps
    assert json.loads((tmp_path / "gitlab" / "cdk.json").read_text())["build"] == "keepfit build aws"
