from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.app import app
from cli.exits import Exit
from keepfit.definitions.model import Catalogue
from tests.docs.generate.commands import leaves
from tests.docs.pages import Page

COMMANDS = dict(leaves(typer.main.get_command(app)))

# Read-only and quick: the others are looked up, and run by the tests of what they start.
CHEAP = ("keepfit --help", "keepfit --version", "keepfit definitions check", "keepfit definitions schema")


def _shown(pages: list[Page], *programs: str) -> list[list[str]]:
    return [words for page in pages for words in page.commands if words[0].startswith(programs)]


def _read(words: list[str]) -> dict[str, Any]:
    """What a command makes of its words; a group's first word may be left out where it is `list`."""
    for known, given in (
        (" ".join(words[:2]), words[2:]),
        (words[0], words[1:]),
        (f"{words[0]} list", words[1:]),
    ):
        if known in COMMANDS:
            parsed: dict[str, Any] = COMMANDS[known].make_context(known, list(given)).params
            return parsed
    raise AssertionError(f"there is no command keepfit {' '.join(words)}")


def test_the_commands_shown_can_be_understood(every_page: list[Page], defined: Catalogue) -> None:
    shown = _shown(every_page, "keepfit")
    assert shown
    drafted = {words[2] for words in shown if words[1] == "new"}
    for _, *words in shown:
        read = _read(words)
        named = read.get("model") or ()
        models = [named] if isinstance(named, str) else named
        assert {*models} <= {*defined.model, *drafted}, words
        assert read.get("dataset") in {None, *defined.dataset, *drafted}, words


def test_the_exit_codes_are_all_told() -> None:
    rows = Page.read("docs/reference/commands.md").rows("Exit codes")
    assert [code for code, _ in rows] == [str(int(code)) for code in Exit]


def test_the_scripts_shown_exist(every_page: list[Page], root: Path) -> None:
    for program, *_ in _shown(every_page, "scripts/"):
        assert (root / program).stat().st_mode & 0o111, f"{program} cannot be executed"


def test_the_demo_has_the_options_shown(every_page: list[Page], root: Path) -> None:
    shown = {word for words in _shown(every_page, "scripts/demo") for word in words[1:]}
    assert shown
    command = [sys.executable, "-m", "replay", "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert {option for option in shown if option not in done.stdout} == set()


@pytest.mark.parametrize(("script", "package"), [("prove", "scripts/proofs"), ("bench", "tests/bench")])
def test_what_is_shown_of_a_slow_script_is_declared(
    script: str, package: str, every_page: list[Page], root: Path
) -> None:
    shown = {word for words in _shown(every_page, f"scripts/{script}") for word in words[1:]}
    assert shown
    declared = "".join(path.read_text() for path in (root / package).glob("*.py"))
    assert {word for word in shown if f'"{word}"' not in declared} == set()


def test_every_script_a_user_may_start_is_told(every_page: list[Page], root: Path) -> None:
    programs = {f"scripts/{path.name}" for path in (root / "scripts").iterdir() if path.is_file()}
    assert {program for program in programs if all(program not in page.text for page in every_page)} == set()


@pytest.mark.parametrize("line", CHEAP)
def test_a_cheap_command_works(line: str, root: Path) -> None:
    program = Path(sys.executable).with_name("keepfit")
    done = subprocess.run([program, *line.split()[1:]], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_setup_says_how_it_is_used(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, root / "scripts" / "setup", "--help"], capture_output=True, text=True, check=False
    )
    assert done.stdout.count("scripts/setup") > 3


def test_the_cdk_cli_shown_is_the_one_that_is_tested(every_page: list[Page], root: Path) -> None:
    package = json.loads((root / "scripts" / "localcloud" / "cdk" / "package.json").read_text())
    shown = {word for words in _shown(every_page, "npx") for word in words if word.startswith("aws-cdk")}
    assert shown == {f"aws-cdk@{package['dependencies']['aws-cdk']}"}
