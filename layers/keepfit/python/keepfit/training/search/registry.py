"""The registry of engines, by the names in definitions; imports one on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from keepfit.training.search_definition import EngineName

if TYPE_CHECKING:
    from keepfit.training.search.engine import Engine


def engine_of(name: EngineName) -> Engine:
    """The engine of this name."""
    engine: Engine = import_module(f"keepfit.training.search.{name}").ENGINE
    return engine
