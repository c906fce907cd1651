"""What features need from the outside."""

from __future__ import annotations

from typing import Any, Protocol


class Events(Protocol):
    """Where keepfit tells the world what happened; at least once, unordered."""

    def put(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Sends ``{"source": "keepfit", "detail-type": detail_type, "detail": detail}``."""
        ...
