"""Finds a Python that can make the environment. Old Pythons must be able to read this file, hence its plain syntax."""

import os
import shutil
import subprocess
import sys

_NEWER = ("python3.13", "python3.12", "python3.11")


def require_python(minimum):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return where this Python is new enough; else start the same program with one that is, or exit and say why."""
    if sys.version_info[:2] >= minimum:
        return
    for name in _NEWER:
        path = shutil.which(name)
        if path and _works(path):
            os.execv(path, [path, *sys.argv])  # noqa: S606 - the same program, a newer interpreter
    sys.exit(
        "keepfit needs Python %d.%d or newer, and this is %d.%d (%s). Install one (Debian: apt install python3.13-venv; "
        "macOS: brew install python@3.13) and run: python3.13 %s"
        % (*minimum, *sys.version_info[:2], sys.executable, sys.argv[0])
    )


def require_venv():  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Exit and say what to install where this Python cannot make virtual environments."""
    try:
        import ensurepip  # noqa: F401, PLC0415
        import ssl  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError as error:
        sys.exit(
            "%s cannot make virtual environments (%s). Debian and Ubuntu keep that in a package of its own: "
            "apt install python%d.%d-venv" % (sys.executable, error, *sys.version_info[:2])
        )


def _works(path):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether ``path`` is a working Python with venv: a version manager's shim may stand for nothing."""
    program = [path, "-c", "import ensurepip, ssl, venv"]
    return subprocess.run(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
