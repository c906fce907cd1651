"""Finds a Python that can make the environment."""

import os
import shutil
import subprocess
import sys

_NEWER = ("python3.13", "python3.12", "python3.11")


def require_python(major: int, minor: int) -> None:
    """Returns where this Python is new enough; else restarts the program with one that is, or exits."""
    if sys.version_info[:2] >= (major, minor):
        return
    for name in _NEWER:
        path = shutil.which(name)
        if path and _works(path):
            os.execv(path, [path, *sys.argv])  # noqa: S606 - the same program, a newer interpreter
    sys.exit(
        f"keepfit needs Python {major}.{minor} or newer, and {sys.executable} is {_version()}. Install one "
        f"(Debian: apt install python3.13-venv; macOS: brew install python@3.13), then: python3.13 {sys.argv[0]}"
    )


def require_venv() -> None:
    """Exits with advice where this Python cannot make virtual environments."""
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out
        import ssl  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError as error:
        sys.exit(
            f"{sys.executable} cannot make virtual environments ({error}). Debian and Ubuntu keep that in a package "
            f"of its own: apt install python{_version()}-venv"
        )


def _version() -> str:
    return "{}.{}".format(*sys.version_info)


def _works(path: str) -> bool:
    """Whether ``path`` is a working Python with venv, rather than a version manager's empty shim."""
    program = [path, "-c", "import ensurepip, ssl, venv"]
    return (
        subprocess.run(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )
