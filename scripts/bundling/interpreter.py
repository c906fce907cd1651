"""Finds the Python of Lambda's version, whose bytecode alone Lambda uses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bundling.errors import InterpreterMissing
from bundling.installing import find_uv
from toolchain.folders import project_folder
from toolchain.surroundings import surroundings

VERSION = "3.13"
SETTING = "KEEPFIT_PYTHON_3_13"
_INSTALL = "install"
# A version manager's shim may stand for nothing, and a pre-release has bytecode of its own.
_PROBE = (
    "import compileall, sys; v = sys.version_info; "
    "sys.exit((sys.implementation.cache_tag, v[:2], v.releaselevel) != ('cpython-313', (3, 13), 'final'))"
)


def find_python(root: Path, environ: Mapping[str, str] = os.environ) -> str:
    """A working Python 3.13: the one in ``KEEPFIT_PYTHON_3_13``, or the first on this machine.

    With ``KEEPFIT_PYTHON_3_13=install``, where there is none, uv installs one; never without being asked.

    Raises:
        InterpreterMissing: there is none; the message says where it was looked for, and what to do.
    """
    named = environ.get(SETTING)
    if named and named != _INSTALL:
        if _works(named):
            return named
        raise InterpreterMissing(
            f"{SETTING} is {named}, which does not run as CPython {VERSION}: name one that does, or unset it"
        )
    if found := next((path for path in _installed(root, environ) if _works(path)), None):
        return found
    if named == _INSTALL and (installed := _install(root, environ)):
        return installed
    raise InterpreterMissing(
        f"layers for AWS need Python {VERSION} to compile their bytecode, without which every cold start takes up to "
        f"0.7 s more, and none runs here: neither python{VERSION} on the PATH, nor one of uv's or of pyenv's. Install "
        f"one (Debian: apt install python{VERSION}; macOS: brew install python@{VERSION}; or pyenv install {VERSION}), "
        f"set {SETTING} to one, or to `{_INSTALL}`, and uv fetches one. Whoever only synthesizes sets "
        "KEEPFIT_SYNTHESIS_ONLY=1"
    )


def _installed(root: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """The places where a Python 3.13 may be, in the order of the search."""
    yield sys.executable
    if on_path := shutil.which(f"python{VERSION}", path=environ.get("PATH", "")):
        yield on_path
    if of_uv := _found_by_uv(root, environ):
        yield of_uv
    versions = Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME", "/")) / ".pyenv") / "versions"
    for folder in sorted(versions.glob(f"{VERSION}*"), reverse=True):
        yield str(folder / "bin" / f"python{VERSION}")


def _found_by_uv(root: Path, environ: Mapping[str, str]) -> str | None:
    command = [str(find_uv(root)), "python", "find", "--no-project", VERSION]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, env=surroundings(project_folder(root), environ)
    )
    return found.stdout.strip() if found.returncode == 0 else None


def _install(root: Path, environ: Mapping[str, str]) -> str | None:
    asked = {**surroundings(project_folder(root), environ), "UV_PYTHON_DOWNLOADS": "manual"}
    command = [str(find_uv(root)), "python", "install", VERSION]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=asked)
    if done.returncode:
        raise InterpreterMissing(
            f"uv cannot install Python {VERSION}:\n{done.stderr.strip()}\n"
            f"Install one in another way, and set {SETTING} to it"
        )
    found = _found_by_uv(root, environ)
    return found if found and _works(found) else None


def _works(path: str) -> bool:
    try:
        probed = subprocess.run([path, "-I", "-c", _PROBE], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probed.returncode == 0
