from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.environment import APART, GROUPS, Environment, main


class Checkout:
    """A checkout with locks, and programs that make just the files that setup looks for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.started: list[list[str]] = []
        self.fail: Callable[[list[str]], bool] = lambda _: False
        (root / "scripts" / "locks").mkdir(parents=True)
        (root / "pyproject.toml").write_text("")
        for group in (*GROUPS, *APART, "build"):
            self.lock(group).write_text(f"{group}==1")
        self.environment = Environment(root=root, run=self._run)

    def lock(self, group: str) -> Path:
        return self.root / "scripts" / "locks" / f"{group}.txt"

    def setup(self, *groups: str) -> list[str]:
        """What was started, in short."""
        self.started.clear()
        self.environment.ensure_boot()
        self.environment.ensure_venv({"demo", *groups})
        return [" ".join(Path(part).name for part in command[:3]) for command in self.started]

    def installed(self) -> list[str]:
        """The locks that `.venv` was made from when it was last made."""
        sync = next(command for command in reversed(self.started) if "sync" in command)
        return [Path(part).stem for part in sync if part.endswith(".txt") and not part.endswith("build.txt")]

    def _run(self, command: list[str]) -> None:
        self.started.append(command)
        if self.fail(command):
            raise KeyboardInterrupt
        if "venv" in command:
            folder = Path(command[-1])
            (folder / "bin").mkdir(parents=True, exist_ok=True)
            for name in ("python", "uv"):
                (folder / "bin" / name).touch()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def peers(checkout: Checkout) -> list[str]:
    checkout.started.clear()
    checkout.environment.ensure_boot()
    checkout.environment.ensure_extra("peers")
    return [" ".join(Path(part).name for part in command[:3]) for command in checkout.started]


def making(started: list[str]) -> bool:
    return "uv venv --quiet" in started


def test_a_first_setup_makes_uv_then_the_environment(checkout: Checkout) -> None:
    started = checkout.setup()
    assert started[1:] == ["python -m pip", "uv venv --quiet", "uv pip sync", "uv pip install"]
    assert checkout.installed() == ["demo"]


def test_a_second_setup_starts_nothing(checkout: Checkout) -> None:
    checkout.setup("test")
    assert checkout.setup("test") == []
    assert checkout.setup() == []


def test_groups_add_up(checkout: Checkout) -> None:
    checkout.setup("test")
    checkout.setup("lint")
    assert checkout.installed() == ["demo", "test", "lint"]


@pytest.mark.parametrize("group", ["demo", "build"])
def test_a_changed_lock_is_installed_into_what_is_there(checkout: Checkout, group: str) -> None:
    checkout.setup()
    checkout.lock(group).write_text("other==2")
    assert checkout.setup() == ["uv pip sync", "uv pip install"]


def test_a_lock_that_is_not_installed_does_not_matter(checkout: Checkout) -> None:
    checkout.setup()
    checkout.lock("lint").write_text("other==2")
    assert checkout.setup() == []


def test_a_new_uv_leaves_the_environment_alone(checkout: Checkout) -> None:
    checkout.setup()
    checkout.lock("boot").write_text("uv==2")
    assert checkout.setup()[1:] == ["python -m pip"]


@pytest.mark.parametrize("step", ["sync", "--editable", "venv"])
def test_an_interrupted_setup_is_made_anew_with_all_its_groups(checkout: Checkout, step: str) -> None:
    checkout.setup("test")
    checkout.lock("demo").write_text("other==2")
    checkout.fail = lambda command: step in command
    if step != "venv":
        with pytest.raises(KeyboardInterrupt):
            checkout.setup()
    else:
        (checkout.root / ".venv" / "bin" / "python").unlink()
    checkout.fail = lambda _: False
    assert making(checkout.setup())
    assert checkout.installed() == ["demo", "test"]
    assert checkout.setup() == []


def test_an_interrupted_boot_is_made_anew(checkout: Checkout) -> None:
    checkout.fail = lambda command: "pip" in command
    with pytest.raises(KeyboardInterrupt):
        checkout.setup()
    checkout.fail = lambda _: False
    assert checkout.setup()[1] == "python -m pip"


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.setup()
    checkout.root = checkout.root.rename(tmp_path / "moved")
    checkout.environment = Environment(root=checkout.root, run=checkout._run)
    assert making(checkout.setup())


def test_every_install_demands_hashes_and_wheels(checkout: Checkout) -> None:
    checkout.setup("test", "lint")
    installs = [command for command in checkout.started if "install" in command or "sync" in command]
    assert len(installs) == 3
    for command in installs:
        assert {"--require-hashes", "--only-binary"} <= set(command) or {
            "--no-deps",
            "--build-constraints",
        } <= set(command)


def test_a_second_setup_waits_for_the_first(checkout: Checkout) -> None:
    entered = threading.Event()

    def second() -> None:
        with checkout.environment.alone():
            entered.set()

    with checkout.environment.alone():
        other = threading.Thread(target=second)
        other.start()
        assert not entered.wait(0.2)
    assert entered.wait(5)
    other.join()


def test_the_peers_have_an_environment_of_their_own(checkout: Checkout) -> None:
    checkout.setup()
    assert peers(checkout) == ["uv venv --quiet", "uv pip sync"]
    assert checkout.installed() == ["peers"]
    assert (checkout.root / ".venv-peers" / "bin" / "python").exists()
    assert checkout.setup() == []


def test_peers_that_are_as_locked_are_left_alone(checkout: Checkout) -> None:
    peers(checkout)
    assert peers(checkout) == []
    checkout.lock("peers").write_text("other==2")
    assert making(peers(checkout))


def test_peers_whose_making_was_interrupted_are_made_anew(checkout: Checkout) -> None:
    checkout.fail = lambda command: "sync" in command
    with pytest.raises(KeyboardInterrupt):
        peers(checkout)
    checkout.fail = lambda _: False
    assert making(peers(checkout))


def test_an_unknown_group_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"], usage="scripts/setup test") == 2
    assert "scripts/setup test" in capsys.readouterr().err


def test_who_asks_for_help_gets_it_and_nothing_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"], usage="scripts/setup test") == 0
    assert capsys.readouterr().out == "scripts/setup test\n"
