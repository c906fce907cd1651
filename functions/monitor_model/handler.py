"""Lambda handler: measures the drift of a model's inputs and scores, and publishes it."""

from typing import Any

from keepfit.runtime.monitor_model import watch


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Monitors the newest window, or the window that the event requests.

    The event is ``{}``, ``{"window": [start, end]}``, or ``{"rebaseline": true}`` on promotion.
    """
    return watch(event)
