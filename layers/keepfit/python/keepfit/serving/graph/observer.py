"""The interface of what counts what happens at the nodes of a graph."""

from __future__ import annotations

from typing import Protocol


class NodeObserver(Protocol):
    """Takes what happened at nodes."""

    def took(self, node: str, seconds: float) -> None:
        """A model or a function answered after so long."""
        ...

    def failed(self, node: str, reason: str) -> None:
        """It failed, or was late."""
        ...

    def replaced(self, node: str) -> None:
        """The fallback of a node answered in its place."""
        ...

    def ended(self) -> None:
        """The request has its answer, or has failed."""
        ...
