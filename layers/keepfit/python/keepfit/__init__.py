"""keepfit: files in S3 become a monitored prediction API that keeps itself fit."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
"""The release, as `pyproject.toml` has it."""
