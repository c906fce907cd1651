"""Lambda handler: decides whether a canary bakes on, is promoted or is rolled back."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.evaluate_canary import evaluate_deployed

_logger = Logger(service="evaluate_canary")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{"run_id", "lambda_version", "started_at"}`` to ``{"verdict", "reason", "requests", "failures"}``."""
    verdict: dict[str, Any] = msgspec.to_builtins(evaluate_deployed(event))
    _logger.info("evaluated", extra=verdict)
    return verdict
