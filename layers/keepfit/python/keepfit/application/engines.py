"""Engines for training sets, by the names in definitions."""

from __future__ import annotations

from importlib import import_module

from keepfit.application.ports import Engine
from keepfit.features.offline.registry import MODULES


def engine_of(name: str, *, memory_mb: int, threads: int) -> Engine:
    """The engine of this name, with its share of the machine; spills what exceeds the memory.

    Raises:
        KeyError: no engine has this name.
    """
    engine: Engine = import_module(MODULES[name]).ENGINE(memory_mb=memory_mb, threads=threads)
    return engine
