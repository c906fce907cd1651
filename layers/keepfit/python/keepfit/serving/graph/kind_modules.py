"""The modules of node kinds, by the key of a definition that makes a node one; imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ENSEMBLES: Final[Mapping[str, str]] = {
    "mean": "keepfit.serving.graph.kinds.mean",
    "vote": "keepfit.serving.graph.kinds.vote",
    "stack": "keepfit.serving.graph.kinds.stack",
    "segment": "keepfit.serving.graph.kinds.segment",
}
"""What ``ensemble`` may be, and the module that holds each as ``KIND``."""

KEYED: Final[Mapping[str, str]] = {
    "route": "keepfit.serving.graph.kinds.router",
    "transform": "keepfit.serving.graph.kinds.transform",
    "score": "keepfit.serving.graph.kinds.score",
    "function": "keepfit.serving.graph.kinds.function",
    "model": "keepfit.serving.graph.kinds.model",
}
"""The keys of which a node of another kind has one, and the module of each; the first that is there counts."""


def kind_named(definition: Any) -> str | None:
    """The name of the kind of a ``NodeDefinition``; None where it has no key that makes it one."""
    name: str | None = definition.ensemble or next((key for key in KEYED if getattr(definition, key)), None)
    return name
