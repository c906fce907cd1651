"""The entry point of the command `keepfit`, by the same name in a checkout and in a wheel."""

from __future__ import annotations

from cli.app import main

__all__ = ["main"]
