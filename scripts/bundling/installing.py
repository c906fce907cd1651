"""Installs a layer's locked requirements into a folder, without files that never run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bundling.errors import InstallFailed, ToolMissing
from bundling.targets import Target
from toolchain.folders import project_folder
from toolchain.surroundings import surroundings

# Tests, headers, type stubs, static libraries, command line tools: nothing that an import reaches.
_FOLDERS = {"tests", "__pycache__", "include", "_examples", "bin", "f2py", "distutils"}
_SUFFIXES = {".pyc", ".pyi", ".pxd", ".pyx", ".a", ".h", ".c", ".lib", ".cmake"}
_ONNXRUNTIME_TOOLS = {"tools", "transformers", "quantization", "datasets", "backend"}


def find_uv(root: Path) -> Path:
    """Finds uv by ``KEEPFIT_UV``, on the PATH, where `scripts/setup` installed it, or beside this Python.

    Raises:
        ToolMissing: none of them has it.
    """
    named = os.environ.get("KEEPFIT_UV") or shutil.which("uv")
    places = [Path(named)] if named else [root / ".boot" / "bin" / "uv", Path(sys.executable).with_name("uv")]
    if found := next((place for place in places if place.is_file()), None):
        return found
    raise ToolMissing(
        f"uv is not on the PATH and not at {places[0]}; run scripts/setup, or pip install 'keepfit[aws]', or set "
        "KEEPFIT_UV to it"
    )


def install(root: Path, lock: Path, folder: Path, target: Target) -> None:
    """Installs the locked packages into ``folder``, without what no import reaches.

    Only wheels whose hashes stand in ``lock`` are accepted and no dependency is followed: the lock is the list.

    Raises:
        InstallFailed: with uv's own words.
    """
    options = (
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-config",
        "--no-compile-bytecode",
    )
    command = [str(find_uv(root)), "pip", "install", "--quiet", "--target", str(folder), *options]
    done = subprocess.run(
        [*command, *target.wheels, "--requirement", str(lock)],
        env=surroundings(project_folder(root)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InstallFailed(
            f"the packages of {lock.relative_to(root)} could not be installed:\n{done.stderr.strip()}"
        )
    for path in list(folder.rglob("*")):
        if path.is_file() and _unused(path.relative_to(folder)):
            path.unlink()


def _unused(inside: Path) -> bool:
    if _FOLDERS.intersection(inside.parts[:-1]) or inside.suffix in _SUFFIXES:
        return True
    if inside.parts[0] == "onnxruntime" and len(inside.parts) > 1:
        return inside.parts[1] in _ONNXRUNTIME_TOOLS
    # importlib.metadata reads METADATA; the rest is for installers.
    return inside.parts[0].endswith(".dist-info") and inside.name != "METADATA"
