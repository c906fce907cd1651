from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bundling import interpreter
from bundling.errors import InterpreterMissing
from bundling.interpreter import find_python

# What `uv python` answers where it knows the Python that the file beside it names, or none; with the shell's own words.
_UV = """#!/bin/sh
here=${0%/*}
echo "$* downloads=$UV_PYTHON_DOWNLOADS" >> "$here/asked"
if [ "$2" = install ]; then read -r python < "$here/to-install" && echo "$python" > "$here/known"; exit; fi
[ -f "$here/known" ] && read -r python < "$here/known" && echo "$python"
"""


class Machine:
    """Programs that are, or only look like, a Python 3.13."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.uv = self.program("tools/uv", _UV)
        monkeypatch.setenv("KEEPFIT_UV", str(self.uv))
        # The Python that runs the tests is none of the machine's, whatever version it is.
        monkeypatch.setattr(interpreter.sys, "executable", str(self.broken("venv/bin/python")))
        self.environ = {"PATH": str(folder / "bin"), "HOME": str(self.home)}

    def program(self, path: str, text: str) -> Path:
        made = self.folder / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        made.chmod(0o755)
        return made

    def working(self, path: str) -> Path:
        return self.program(path, "#!/bin/sh\nexit 0\n")

    def broken(self, path: str) -> Path:
        """A version manager's shim for a Python that is not installed; and any Python of another version."""
        return self.program(path, "#!/bin/sh\nexit 127\n")

    def find(self, **settings: str) -> str:
        return find_python(self.folder, {**self.environ, **settings})

    def asked(self) -> list[str]:
        told = self.folder / "tools" / "asked"
        return told.read_text().splitlines() if told.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_first_that_runs_is_taken_in_a_fixed_order(machine: Machine) -> None:
    places = {
        "pyenv": "home/.pyenv/versions/3.13.2/bin/python3.13",
        "uv": "uv-keeps/python3.13",
        "path": "bin/python3.13",
        "own": "venv/bin/python",
    }
    for path in places.values():
        found = machine.working(path)
        if path == places["uv"]:
            (machine.folder / "tools" / "known").write_text(f"{found}\n")
        assert machine.find() == str(found)
    named = machine.working("elsewhere/python")
    assert machine.find(KEEPFIT_PYTHON_3_13=str(named)) == str(named)


def test_a_shim_that_stands_for_nothing_is_passed_over(machine: Machine) -> None:
    machine.broken("bin/python3.13")
    machine.broken("home/.pyenv/versions/3.13.9/bin/python3.13")
    real = machine.working("home/.pyenv/versions/3.13.0/bin/python3.13")
    assert machine.find() == str(real)


def test_pyenv_may_be_elsewhere(machine: Machine) -> None:
    real = machine.working("opt/pyenv/versions/3.13.1/bin/python3.13")
    assert machine.find(PYENV_ROOT=str(machine.folder / "opt" / "pyenv")) == str(real)


def test_one_that_is_named_and_does_not_run_is_told_and_no_other_is_taken(machine: Machine) -> None:
    machine.working("bin/python3.13")
    for named in (machine.broken("elsewhere/python"), machine.folder / "not-there"):
        with pytest.raises(
            InterpreterMissing, match=r"which does not run as CPython 3\.13: name one that does"
        ):
            machine.find(KEEPFIT_PYTHON_3_13=str(named))


def test_where_there_is_none_it_is_said_what_to_do_and_nothing_is_installed(machine: Machine) -> None:
    with pytest.raises(
        InterpreterMissing, match=r"none runs here.*apt install python3.13.*KEEPFIT_PYTHON_3_13"
    ):
        machine.find()
    assert machine.asked() == ["python find --no-project 3.13 downloads=never"]


def test_uv_installs_one_when_asked(machine: Machine) -> None:
    real = machine.working("uv-keeps/python3.13")
    (machine.folder / "tools" / "to-install").write_text(f"{real}\n")
    assert machine.find(KEEPFIT_PYTHON_3_13="install") == str(real)
    assert machine.asked()[1] == "python install 3.13 downloads=manual"


def test_one_that_is_there_is_not_installed_again(machine: Machine) -> None:
    real = machine.working("bin/python3.13")
    assert machine.find(KEEPFIT_PYTHON_3_13="install") == str(real)
    assert machine.asked() == []


def test_uv_that_cannot_install_says_why(machine: Machine) -> None:
    with pytest.raises(InterpreterMissing, match=r"uv cannot install Python 3.13:\n.*to-install"):
        machine.find(KEEPFIT_PYTHON_3_13="install")


def test_only_a_final_cpython_of_the_version_counts(machine: Machine) -> None:
    is_one = sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 13)
    python = machine.program("bin/python3.13", f'#!/bin/sh\nexec {sys._base_executable} "$@"\n')  # type: ignore[attr-defined]
    if is_one:
        assert machine.find() == str(python)
    else:
        with pytest.raises(InterpreterMissing):
            machine.find()
