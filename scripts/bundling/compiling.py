"""Bytecode for a layer: Lambda's /opt cannot be written, so without it every cold start compiles all it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bundling.installing import find_uv
from bundling.targets import Target
from toolchain.surroundings import surroundings


def compile_sources(root: Path, folder: Path, target: Target) -> None:
    """Puts bytecode beside the sources in ``folder``; nothing where no Python of the target's version is installed.

    It is taken as it is, never compared with its source, and names the places that the files have in Lambda.
    """
    python = _interpreter(root, target)
    if python is None:
        return
    options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/opt/python")
    # A package may carry a template that is no Python; whoever imports such a file is told then.
    subprocess.run(
        [python, "-I", "-m", "compileall", *options, str(folder)], capture_output=True, check=False
    )


def _interpreter(root: Path, target: Target) -> str | None:
    if target is Target.LOCAL:
        return sys.executable
    command = [str(find_uv(root)), "python", "find", "--no-project", "3.13"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings(root))
    return found.stdout.strip() if found.returncode == 0 else None
