"""Compiles layers and packages to bytecode.

Lambda's /opt and /var/task cannot be written: without bytecode every cold start compiles all imports.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bundling.errors import InterpreterMissing
from bundling.interpreter import find_python
from bundling.targets import Target

LAYERS_PLACE: Final = "/opt"
PACKAGE_PLACE: Final = "/var/task"


def compiler(root: Path, target: Target, *, synthesis_only: bool) -> str | None:
    """The Python that compiles layers for ``target``; None where only templates are wanted.

    Raises:
        InterpreterMissing: there is none, and the layers are to be deployed.
    """
    if target is Target.LOCAL:
        return sys.executable
    try:
        return find_python(root)
    except InterpreterMissing:
        if synthesis_only:
            return None
        raise


def compile_sources(folder: Path, place: str, python: str) -> None:
    """Writes bytecode beside the sources in ``folder``, reproducibly for one Python.

    It is taken as it is, never compared with its source, and names ``place``, where the files are in Lambda.
    """
    options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", place)
    # A package may carry a template that is no Python; whoever imports such a file is told then.
    subprocess.run(
        [python, "-I", "-m", "compileall", *options, str(folder)], capture_output=True, check=False
    )


def with_bytecode(files: Mapping[str, Path], place: str, python: str, into: Path) -> dict[str, Path]:
    """Copies of ``files`` below the empty folder ``into``, by the same names, and their bytecode."""
    for name, path in files.items():
        copy = into / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    compile_sources(into, place, python)
    return {path.relative_to(into).as_posix(): path for path in into.rglob("*") if path.is_file()}
