"""Where a bundle is to run, and what that asks of its compiled packages."""

from __future__ import annotations

import os
import platform
import sys
from enum import StrEnum


class Target(StrEnum):
    """``aws``: Lambda's Python 3.13 on x86_64. ``local``: the Python that runs this, on this machine."""

    AWS = "aws"
    LOCAL = "local"

    @property
    def wheels(self) -> tuple[str, ...]:
        """uv's words for the wheels this target can load."""
        if self is Target.AWS:
            return ("--python-platform", "x86_64-manylinux_2_28", "--python-version", "3.13")
        return ("--python", sys.executable)

    @property
    def compress(self) -> bool:
        """Whether its zips travel over a network."""
        return self is Target.AWS

    @property
    def identity(self) -> str:
        """Two builds from one lock are the same bytes only where this is the same."""
        if self is Target.AWS:
            return "aws"
        return f"local {sys.implementation.cache_tag} {sys.platform} {platform.machine()}"


def synthesis_only() -> bool:
    """Whether only templates are wanted, by ``KEEPFIT_SYNTHESIS_ONLY=1``: what is built then is never deployed."""
    return os.environ.get("KEEPFIT_SYNTHESIS_ONLY") == "1"
