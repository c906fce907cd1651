"""Compiles layers to bytecode.

Lambda's /opt cannot be written: without bytecode every cold start compiles all imports.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bundling.errors import InterpreterMissing
from bundling.interpreter import find_python
from bundling.targets import Target


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


def compile_sources(folder: Path, python: str) -> None:
    """Writes bytecode beside the sources in ``folder``, reproducibly for one Python.

    It is taken as it is, never compared with its source, and names the places that the files have in Lambda.
    """
    options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/opt/python")
    # A package may carry a template that is no Python; whoever imports such a file is told then.
    subprocess.run(
        [python, "-I", "-m", "compileall", *options, str(folder)], capture_output=True, check=False
    )
