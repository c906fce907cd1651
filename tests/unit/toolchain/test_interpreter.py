from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from toolchain import interpreter


class Version(NamedTuple):
    major: int
    minor: int


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This program run by Python 3.9; the folder is all of its PATH."""
    monkeypatch.setattr(sys, "version_info", Version(3, 9))
    monkeypatch.setattr(sys, "argv", ["scripts/setup", "test"])
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, *, works: bool) -> str:
    path.write_text(f"#!/bin/sh\nexit {0 if works else 1}\n")
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_new_enough_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[object] = []
    monkeypatch.setattr(os, "execv", lambda *call: handed.append(call))
    interpreter.require_python(3, 11)
    assert handed == []


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch: pytest.MonkeyPatch, old: Path) -> None:
    handed: list[object] = []
    monkeypatch.setattr(os, "execv", lambda *call: handed.append(call) or sys.exit(0))
    newer = program(old / "python3.12", works=True)
    with pytest.raises(SystemExit):
        interpreter.require_python(3, 11)
    assert handed == [(newer, [newer, "scripts/setup", "test"])]


def test_a_shim_that_stands_for_nothing_is_passed_over(monkeypatch: pytest.MonkeyPatch, old: Path) -> None:
    monkeypatch.setattr(os, "execv", lambda path, _: sys.exit(path))
    program(old / "python3.13", works=False)
    working = program(old / "python3.11", works=True)
    with pytest.raises(SystemExit, match=working):
        interpreter.require_python(3, 11)


@pytest.mark.usefixtures("old")
def test_without_a_newer_python_the_message_says_what_to_do() -> None:
    with pytest.raises(
        SystemExit, match=r"needs Python 3\.11 or newer.*is 3\.9.*then: python3\.13 scripts/setup"
    ):
        interpreter.require_python(3, 11)


def test_a_python_without_venv_is_told_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        interpreter.require_venv()
