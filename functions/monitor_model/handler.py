"""Compares what a model sees with what it was trained on, and tells the alarms."""

from typing import Any

from keepfit.runtime.monitoring import watch


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{}`` for the newest window, ``{"window": [start, end]}`` for another, ``{"rebaseline": true}`` on promotion."""
    return watch(event)
