"""Targets of a build, and their compiled packages."""

from __future__ import annotations

import os
import platform
import sys
from enum import StrEnum


class Target(StrEnum):
    """``aws`` is Lambda's Python 3.13 on x86_64; ``local`` is the running Python on this machine."""

    AWS = "aws"
    LOCAL = "local"

    @property
    def wheels(self) -> tuple[str, ...]:
        """The options of uv for wheels that this target can load."""
        if self is Target.AWS:
            return ("--python-platform", "x86_64-manylinux_2_28", "--python-version", "3.13")
        return ("--python", sys.executable)

    @property
    def compress(self) -> bool:
        """Whether the target's zips are compressed, as they travel over a network."""
        return self is Target.AWS

    @property
    def identity(self) -> str:
        """A text that is equal for two builds only where one lock gives the same bytes."""
        if self is Target.AWS:
            return "aws"
        return f"local {sys.implementation.cache_tag} {sys.platform} {platform.machine()}"


def synthesis_only() -> bool:
    """Whether ``KEEPFIT_SYNTHESIS_ONLY=1`` asks for templates only, which are never deployed."""
    return os.environ.get("KEEPFIT_SYNTHESIS_ONLY") == "1"
