"""Installs hash-locked packages into a folder, with uv."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bundling.errors import ToolMissing
from bundling.installing import find_uv
from localcloud.errors import ImageRefused
from toolchain.folders import HOME, project_folder
from toolchain.surroundings import surroundings


def install_locked(requirements: Path, target: Path) -> None:
    """Installs what a requirement file locks by hash, as wheels, into ``target``.

    Raises:
        ImageRefused: uv is missing, or a package is missing or not the locked one; with uv's own words.
    """
    try:
        uv = find_uv(HOME)
    except ToolMissing as error:
        raise ImageRefused(f"Building an image needs uv: {error}.") from None
    argv = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)]
    # As pip does inside a real image: without it every task would compile scikit-learn anew, for 3 s of CPU.
    argv += ["--compile-bytecode", "--require-hashes", "--only-binary", ":all:", "--no-config"]
    argv += ["--requirement", str(requirements)]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env=surroundings(project_folder())
    )
    if done.returncode:
        raise ImageRefused(f"The packages of {requirements.name} cannot be installed:\n{done.stderr.strip()}")
