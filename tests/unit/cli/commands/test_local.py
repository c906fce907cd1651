from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from cli.commands import local
from cli.exits import CommandError
from cli.places import place as places
from cli.places.deployment import Deployment
from cli.project import synthesis
from localcloud.cloud import Status
from tests.unit.cli.conftest import Keepfit


class FakeCloud:
    """A cloud that only remembers what was asked of it."""

    asked: ClassVar[list[str]] = []

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self._state = root / name

    def up(self) -> None:
        self._tell("up")
        self._state.mkdir(parents=True, exist_ok=True)
        (self._state / "settings.json").touch()
        (self._state / "running").touch()

    def down(self) -> None:
        self._tell("down")
        (self._state / "running").unlink(missing_ok=True)

    def reset(self) -> None:
        self._tell("reset")

    def status(self) -> Status:
        running = (self._state / "running").exists()
        url, pid = ("https://localhost:4566", 42) if running else (None, None)
        return Status(name=self.name, running=running, url=url, pid=pid, state=self._state)

    def _tell(self, what: str) -> None:
        self.asked.append(f"{what} {self.name}")


@pytest.fixture(autouse=True)
def clouds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(FakeCloud, "asked", [])
    for module in (local, places):
        monkeypatch.setattr(module, "Cloud", FakeCloud)
    return FakeCloud.asked


@pytest.fixture
def brought_up(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """`local up` without building and deploying, which tests/e2e do."""

    def bring_up(cloud: FakeCloud, tell: Callable[[str], None]) -> Deployment:
        tell("deploying the stacks")
        cloud.up()
        return deployment

    monkeypatch.setattr(local, "bring_up", bring_up)


def test_up_says_where_the_product_is(keepfit: Keepfit, brought_up: None) -> None:
    answer = keepfit("local", "up", "--name", "one", "--json")
    assert answer.exit_code == 0
    assert (answer.json["name"], answer.json["running"], answer.json["models"]) == ("one", True, ["delay"])
    assert "deploying the stacks" in answer.stderr


def test_what_went_wrong_with_the_build_is_told(keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch) -> None:
    def bring_up(*_asked: object) -> Deployment:
        raise CommandError("scripts/build local failed with exit code 1:\nno space left")

    monkeypatch.setattr(local, "bring_up", bring_up)
    answer = keepfit("local", "up")
    assert answer.exit_code == 1
    assert "no space left" in answer.stderr


def test_status_lists_every_cloud_and_down_keeps_its_state(keepfit: Keepfit, brought_up: None) -> None:
    for name in ("one", "two"):
        keepfit("local", "up", "--name", name)
    assert keepfit("local", "down", "--name", "one").exit_code == 0
    listed = keepfit("local", "status", "--json").json
    assert [(cloud["name"], cloud["running"]) for cloud in listed] == [("one", False), ("two", True)]
    assert Path(listed[0]["state"]).is_dir()


def test_a_script_can_ask_whether_one_cloud_is_up(keepfit: Keepfit, brought_up: None) -> None:
    keepfit("local", "up")
    assert keepfit("local", "status", "--name", "default").exit_code == 0
    keepfit("local", "down")
    assert keepfit("local", "status", "--name", "default").exit_code == 5


def test_forgetting_everything_is_asked_about_first(
    keepfit: Keepfit, brought_up: None, clouds: list[str]
) -> None:
    keepfit("local", "up")
    assert keepfit("local", "reset", stdin="n\n").exit_code == 1
    assert "--yes" in keepfit("local", "reset", "--json", stdin="").json["error"]["message"]
    assert "reset default" not in clouds
    assert keepfit("local", "reset", "--yes").exit_code == 0
    assert clouds[-1] == "reset default"


@pytest.mark.parametrize("what", ["down", "reset", "status"])
def test_a_cloud_that_was_never_started_is_not_there(keepfit: Keepfit, what: str) -> None:
    answer = keepfit("local", what, "--name", "nope")
    assert answer.exit_code == 3
    assert "'nope'" in answer.stderr


def test_a_name_that_is_none_is_refused(keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    answer = keepfit("local", "status", "--name", "../etc")
    assert answer.exit_code == 1
    assert "lower-case" in answer.stderr


def test_the_programs_that_build_see_no_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("CDK_OUTDIR", "/elsewhere")
    with pytest.raises(CommandError, match="exit code 3") as failed:
        synthesis.run(["sh", "-c", "env; exit 3"], KEEPFIT_BUILD_TARGET="local")
    said = str(failed.value)
    assert "KEEPFIT_BUILD_TARGET=local" in said
    assert "AWS_PROFILE" not in said
    assert "CDK_OUTDIR" not in said
