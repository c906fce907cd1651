from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.app import app
from cli.exits import Exit
from tests.docs.readme import Readme

# Read-only and quick: the others are looked up, and run by the tests of what they start.
CHEAP = ("keepfit --help", "keepfit --version", "keepfit definitions check", "keepfit definitions schema")


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command by its words."""
    command = getattr(command, "loaded", command)
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, part in command.commands.items():
        yield from _leaves(part, (*path, name))


COMMANDS = dict(_leaves(typer.main.get_command(app)))


def _find(words: list[str]) -> Any:
    """The command that a line starts; a group's first word may be left out where it is `list`."""
    for known in (" ".join(words[:2]), words[0], f"{words[0]} list"):
        if known in COMMANDS:
            return COMMANDS[known]
    raise AssertionError(f"there is no command keepfit {' '.join(words)}")


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}


def _lines(readme: Readme) -> list[list[str]]:
    """Every command line in the README, as words, with the program's name first."""
    lines = [line for block in readme.blocks("sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def test_the_table_holds_every_command_and_no_other(readme: Readme) -> None:
    described = [re.sub(r"[`]|<\w+>", "", row[0]).split() for row in readme.rows("Commands")]
    assert sorted(" ".join(words[1:]) for words in described) == sorted(COMMANDS)


def test_the_table_shows_only_options_and_arguments_there_are(readme: Readme) -> None:
    for usage, meaning in readme.rows("Commands"):
        command = _find(re.sub(r"[`]|<\w+>", "", usage).split()[1:])
        arguments = {
            parameter.name for parameter in command.params if parameter.param_type_name == "argument"
        }
        assert set(re.findall(r"<(\w+)>", usage)) <= arguments, usage
        assert set(re.findall(r"`(--\w+)`", meaning)) <= _options(command), meaning


def test_the_commands_shown_exist_with_their_options(readme: Readme) -> None:
    shown = [words for words in _lines(readme) if Path(words[0]).name == "keepfit"]
    assert shown
    for words in shown:
        options = {word for word in words if word.startswith("-")}
        assert options <= _options(_find(words[1:])), words


def test_the_exit_codes_are_all_told(readme: Readme) -> None:
    told = re.findall(r"(\d) ", re.search(r"Exit codes:(.*?)\n\n", readme.text, re.DOTALL)[1])  # type: ignore[index]
    assert told == [str(int(code)) for code in Exit]


def test_the_scripts_shown_exist_with_their_options(readme: Readme, root: Path) -> None:
    shown = [words for words in _lines(readme) if words[0].startswith("scripts/")]
    assert {"scripts/demo", "scripts/setup", "scripts/test", "scripts/check", "scripts/lock"} <= {
        w[0] for w in shown
    }
    for program, *_ in shown:
        assert (root / program).stat().st_mode & 0o111, f"{program} cannot be executed"


def test_the_demo_has_the_options_shown(readme: Readme, root: Path) -> None:
    shown = {word for words in _lines(readme) if words[0] == "scripts/demo" for word in words[1:]}
    assert shown
    command = [sys.executable, "-m", "replay", "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert {option for option in shown if option not in done.stdout} == set()


def test_every_script_a_user_may_start_is_told(readme: Readme, root: Path) -> None:
    programs = {f"scripts/{path.name}" for path in (root / "scripts").iterdir() if path.is_file()}
    assert {program for program in programs if f"{program}" not in readme.text} == set()


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


def test_the_cdk_cli_shown_is_the_one_that_is_tested(readme: Readme, root: Path) -> None:
    package = json.loads((root / "scripts" / "localcloud" / "cdk" / "package.json").read_text())
    shown = {
        word for words in _lines(readme) if words[0] == "npx" for word in words if word.startswith("aws-cdk")
    }
    assert shown == {f"aws-cdk@{package['dependencies']['aws-cdk']}"}
