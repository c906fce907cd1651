"""Lambda handler of the training image: trains a candidate, measures trials or selects features."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.training_step``."""
    # By the first invocation: imports of more than ten seconds before it are begun again by Lambda.
    from keepfit.application.training_step import run_step  # noqa: PLC0415
    from keepfit.errors import Transient  # noqa: PLC0415
    from keepfit.runtime.training_step import request_of_event, training_step  # noqa: PLC0415

    step = training_step(request_of_event(event))
    # The state machine goes on after these: on Fargate where memory is too little, or with the next attempt.
    run_step(step, print, goes_on=(MemoryError, Transient))
    return {"done": True}
