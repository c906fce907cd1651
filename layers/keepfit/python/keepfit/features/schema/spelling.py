"""The keys of a cell's form that say how its values are written, beside their type and bounds."""

from __future__ import annotations

from typing import Final

SPELLING: Final = (
    *("format", "timezone", "decimal", "thousands", "true", "false"),
    *("length", "extractor", "size"),
)
