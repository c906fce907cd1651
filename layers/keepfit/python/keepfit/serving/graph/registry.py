"""The registry of node kinds, each imported on its first use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from keepfit.serving.graph.kind_modules import ENSEMBLES, KEYED
from keepfit.serving.graph.kinds.base import NodeKind


@cache
def kind_of(name: str) -> NodeKind:
    """The kind of this name."""
    kind: NodeKind = import_module(ENSEMBLES.get(name) or KEYED[name]).KIND
    return kind


def kinds() -> Iterator[tuple[str, NodeKind]]:
    """Every kind by its name."""
    for name in (*ENSEMBLES, *KEYED):
        yield name, kind_of(name)
