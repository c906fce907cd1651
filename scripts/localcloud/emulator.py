"""The supported emulator version, and the refusal of any other."""

from __future__ import annotations

from importlib import metadata

from localcloud.errors import UnknownEmulator

SUPPORTED = "1.5.33"


def require_supported() -> str:
    """Returns the installed emulator's version. Raises UnknownEmulator for any other.

    Raises:
        UnknownEmulator: it is missing, or is not exactly the version the overlay was written for.
    """
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        raise UnknownEmulator(
            f"The embedded cloud needs ministack {SUPPORTED}, which is not installed. Run scripts/setup."
        ) from None
    if installed != SUPPORTED:
        raise UnknownEmulator(
            f"ministack {installed} is installed, but the overlay in scripts/localcloud/overlay patches {SUPPORTED}: "
            "on another version a patch could miss its place and failures would look like successes. "
            f"Install ministack=={SUPPORTED} (scripts/setup), or port the overlay and run tests/localcloud."
        )
    return installed
