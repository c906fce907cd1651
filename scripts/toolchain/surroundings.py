"""The environment variables that pip, uv and npm inherit."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

# Each of these would make another environment than the locks and this checkout describe.
_MISLEADING = (
    "CONDA_PREFIX", "PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "UV_COMPILE_BYTECODE",
    "UV_CONSTRAINT", "UV_EXCLUDE_NEWER", "UV_OVERRIDE", "UV_PYTHON", "UV_RESOLUTION", "UV_TARGET", "VIRTUAL_ENV",
)  # fmt: skip


def surroundings(root: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The caller's variables without those that would redirect the installation.

    Proxies and mirrors stay.

    uv and Node bring certificates of their own and trust the machine's only when told, so they are told wherever there
    are any; where the home cannot be written, caches go below ``root``.
    """
    chosen = {name: value for name, value in environ.items() if name not in _MISLEADING}
    chosen["UV_PYTHON_DOWNLOADS"] = "never"
    chosen["UV_NO_PROGRESS"] = "1"
    if _has_certificates():
        chosen.setdefault("UV_SYSTEM_CERTS", "1")
        chosen.setdefault("NODE_USE_SYSTEM_CA", "1")
    if not _writable(environ.get("HOME", "")):
        for program in ("uv", "pip"):
            chosen.setdefault(f"{program.upper()}_CACHE_DIR", str(root / ".keepfit" / "cache" / program))
        chosen.setdefault("NPM_CONFIG_CACHE", str(root / ".keepfit" / "cache" / "npm"))
    return chosen


def _has_certificates() -> bool:
    store = ssl.get_default_verify_paths()
    return bool(store.cafile) or bool(store.capath and any(Path(store.capath).iterdir()))


def _writable(home: str) -> bool:
    try:
        with tempfile.TemporaryFile(dir=home or os.devnull):
            return True
    except OSError:
        return False
