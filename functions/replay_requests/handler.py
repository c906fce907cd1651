"""Lambda handler: decides a canary by asking champion and challenger the last logged requests anew."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.replay_requests import replay

_logger = Logger(service="replay_requests")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Decides the canary of ``{"run_id", "version", "lambda_version", "reason"}``.

    The result is ``{"verdict", "reason", "requests", "failures"}``, the verdict "promote" or "roll back".
    """
    verdict: dict[str, Any] = msgspec.to_builtins(replay(event))
    _logger.info("decided", extra=verdict)
    return verdict
