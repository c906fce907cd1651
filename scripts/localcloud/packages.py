"""Installing hash-locked packages into a folder, with uv."""

from __future__ import annotations

import importlib.util
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

from localcloud.errors import ImageRefused


def find_uv() -> str:
    """The uv executable.

    Raises:
        ImageRefused: there is none.
    """
    candidates = [os.environ.get("UV"), str(Path(sys.executable).parent / "uv"), shutil.which("uv")]
    if importlib.util.find_spec("uv") is not None:
        from uv import find_uv_bin  # type: ignore[import-not-found,unused-ignore]

        candidates.append(find_uv_bin())
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise ImageRefused(
        "Building an image needs uv, which was found neither in UV, nor beside Python, nor on PATH. Run scripts/setup."
    )


def install_locked(requirements: Path, target: Path) -> None:
    """Install exactly what a requirement file locks by hash, as wheels, into ``target``.

    Raises:
        subprocess.CalledProcessError: a package is missing, or its content is not the locked one.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
    system = ssl.get_default_verify_paths()
    if system.cafile or system.capath:
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    argv = [find_uv(), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)]
    argv += ["--require-hashes", "--only-binary", ":all:", "--link-mode", "copy", "-r", str(requirements)]
    subprocess.run(argv, check=True, capture_output=True, text=True, env=environment)
