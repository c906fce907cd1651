"""A program in a process of its own: what it may see, and how its end is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from keepfit.sandbox import Failed, Killed, run_confined


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the module ``program``."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "program.py"


def test_a_program_sees_the_packages_of_this_process_and_no_credentials(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    program.write_text("import json, os, sys\nprint(json.dumps([sys.path, list(os.environ), sys.argv[1]]))\n")
    path, variables, argument = json.loads(run_confined("program", Path("here"), seconds=10))
    known = [entry for entry in sys.path if entry]
    assert path[: len(known)] == known
    assert not [name for name in variables if name.startswith("AWS_")]
    assert argument == "here"


def test_the_end_of_a_program_says_whether_it_gave_up_or_was_ended(program: Path) -> None:
    program.write_text("import sys\nsys.exit('no more')\n")
    with pytest.raises(Failed, match=r"^ended with 1: no more$"):
        run_confined("program", Path(), seconds=10)
    program.write_text("import os\nos.abort()\n")
    with pytest.raises(Killed, match=r"^was ended by SIGABRT$"):
        run_confined("program", Path(), seconds=10)
    program.write_text("while True: pass\n")
    with pytest.raises(Killed, match=r"^took longer than 1 s$"):
        run_confined("program", Path(), seconds=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_a_program_gets_no_more_than_its_memory_and_its_time(program: Path) -> None:
    limit = "from keepfit.sandbox import confine\nconfine(memory_bytes=2**26, cpu_s=1)\n"
    program.write_text(f"{limit}kept = b'x' * 2**25\nkept += b'x' * 2**26\n")
    with pytest.raises(Failed, match="MemoryError"):
        run_confined("program", Path(), seconds=10)
    program.write_text(f"{limit}while True: pass\n")
    with pytest.raises(Killed, match=r"was ended by SIG(XCPU|KILL)"):
        run_confined("program", Path(), seconds=10)
