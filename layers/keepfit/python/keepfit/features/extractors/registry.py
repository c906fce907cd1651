"""The registry of extractors, by the names in definitions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from keepfit.features.extractors.base import Extractor

# The module that holds each as ``EXTRACTOR``; one is imported when the first picture is met.
MODULES: Final[Mapping[str, str]] = {
    "pixels": "keepfit.features.extractors.pixels",
    "hog": "keepfit.features.extractors.hog",
}

if TYPE_CHECKING:
    ExtractorName = str
else:
    # Definitions may name what is listed.
    ExtractorName = Literal[tuple(MODULES)]


@cache
def extractor_of(name: str) -> Extractor:
    """The extractor listed under ``name``. Raises KeyError for an unknown name."""
    found: Extractor = import_module(MODULES[name]).EXTRACTOR
    return found
