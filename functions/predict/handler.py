"""Lambda handler: answers prediction requests with the model beside this file."""

from pathlib import Path
from typing import Any

from keepfit.runtime.predict import load

_answer = load(Path(__file__).parent / "model")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One API Gateway event (HTTP API, payload 2.0) to its response."""
    return _answer(event)
