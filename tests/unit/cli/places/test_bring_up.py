"""From a checkout to templates: nothing is synthesized twice, and nothing stale is deployed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cli.places import bring_up
from cli.project import synthesis


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A small checkout; the names of the programs that were run in it."""
    for name in (*synthesis._APP, synthesis._LOCK, "build/local/manifest.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for folder in (*synthesis._SOURCES, "models"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text(folder)
    ran: list[str] = []

    def run(command: list[str], **extra: str) -> None:
        ran.append(Path(command[-1]).name)
        if "CDK_OUTDIR" in extra:
            Path(extra["CDK_OUTDIR"]).mkdir(parents=True)
            (Path(extra["CDK_OUTDIR"]) / "manifest.json").write_text("{}")

    monkeypatch.setattr(synthesis, "ROOT", tmp_path)
    monkeypatch.setenv("KEEPFIT_PROJECT", str(tmp_path))
    monkeypatch.setattr(synthesis, "run", run)
    return ran


def synthesize() -> Path:
    return bring_up.synthesize("demo", lambda _: None)


def test_an_unchanged_checkout_is_built_again_but_not_synthesized_again(commands: list[str]) -> None:
    assert synthesize() == synthesize()
    assert commands == ["local", "app.py", "local"]


@pytest.mark.parametrize(
    "changed", ["app.py", "models/file", "layers/file", "scripts/locks/demo.txt", "build/local/manifest.json"]
)
def test_a_change_of_what_templates_are_made_of_is_synthesized(
    commands: list[str], tmp_path: Path, changed: str
) -> None:
    synthesize()
    (tmp_path / changed).write_text("changed")
    synthesize()
    assert commands.count("app.py") == 2


def test_assets_of_an_earlier_synthesis_do_not_pile_up(commands: list[str], tmp_path: Path) -> None:
    old = synthesize() / "asset.old"
    old.write_text("")
    (tmp_path / "app.py").write_text("changed")
    synthesize()
    assert not old.exists()


def test_a_synthesis_that_failed_is_not_remembered(
    commands: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesize()
    (tmp_path / "app.py").write_text("changed")
    working = synthesis.run

    def failing(command: list[str], **extra: str) -> None:
        if "CDK_OUTDIR" in extra:
            raise RuntimeError
        working(command, **extra)

    monkeypatch.setattr(synthesis, "run", failing)
    with pytest.raises(RuntimeError):
        synthesize()
    monkeypatch.setattr(synthesis, "run", working)
    synthesize()
    assert commands.count("app.py") == 2


def test_a_second_deployment_to_a_cloud_says_that_it_waits_until_the_first_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPFIT_PROJECT", str(tmp_path))
    said, waits = [], threading.Event()

    def tell(line: str) -> None:
        said.append(line)
        waits.set()

    def deployed() -> None:
        with bring_up._alone("demo", tell):
            said.append("second")

    with bring_up._alone("demo", said.append):
        with bring_up._alone("other", said.append):
            pass
        second = threading.Thread(target=deployed)
        second.start()
        assert waits.wait(10)
        said.append("first")
    second.join()
    assert said == ["waiting for another deployment of this project to end", "first", "second"]
