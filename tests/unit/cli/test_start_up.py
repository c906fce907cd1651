from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from cli.app import app
from cli.exits import Exit
from cli.framework.lazy_commands import Later

CLOUD = {"boto3", "botocore", "localcloud"}
NUMERIC = {"numpy", "pandas", "duckdb", "onnxruntime", "sklearn"}
COMPILING = {"sqlglot", "aws_cdk"}
LATER: dict[str, Later] = typer.main.get_group(app).commands  # type: ignore[assignment]

# What a process that was asked has imported is all that it says after the answer.
_PROGRAM = """
import atexit, sys
from cli.app import main
atexit.register(lambda: print("imported:", *sys.modules))
main()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a process of its own ended, and the modules that it had then."""

    exit_code: int
    modules: set[str]


def _ask(*words: str, state: Path) -> Asked:
    command = [sys.executable, "-c", _PROGRAM, *words]
    environment = {"KEEPFIT_STATE": str(state)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    modules = done.stdout.rpartition("imported:")[2].split()
    return Asked(exit_code=done.returncode, modules=set(modules))


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["statsu", "--json"]], ids=" ".join)
def test_what_needs_no_command_imports_none(words: list[str], tmp_path: Path) -> None:
    asked = _ask(*words, state=tmp_path)
    assert "cli.app" in asked.modules
    assert asked.modules & (CLOUD | NUMERIC | COMPILING) == set()
    assert {later._source.partition(":")[0] for later in LATER.values()} & asked.modules == set()


@pytest.mark.parametrize(
    "words", [["status"], ["runs"], ["runs", "show", "x"], ["models"], ["timeline", "x"]], ids=" ".join
)
def test_what_only_reads_the_cloud_neither_computes_nor_compiles(words: list[str], tmp_path: Path) -> None:
    asked = _ask(*words, state=tmp_path)
    assert asked.exit_code == Exit.UNREACHABLE
    assert f"cli.commands.{words[0]}" in asked.modules
    assert asked.modules & (NUMERIC | COMPILING) == set()


def test_a_command_brings_in_no_other(tmp_path: Path) -> None:
    modules = _ask("status", state=tmp_path).modules
    assert {name for name in modules if name.startswith("cli.commands.")} == {"cli.commands.status"}
    assert "cli.places.bring_up" not in modules


@pytest.mark.parametrize("name", LATER)
def test_the_overview_says_of_a_command_what_its_own_help_says(name: str) -> None:
    assert LATER[name].help == LATER[name].loaded.help
