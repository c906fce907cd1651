"""Lambda handler: judges a release by copies of logged requests, or by the scores of its answers."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.replay_requests import compare, replay, shadow

_logger = Logger(service="replay_requests")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Decides the canary of ``{"run_id", "version", "lambda_version", "reason"}``.

    With ``{"compare": true, "run_id", "lambda_version", "started_at", "evaluation"}`` it asks nothing, and compares the
    scores in the log.

    With ``{"shadow": true, "run_id", "lambda_version", "started_at"}`` it asks both copies of what clients asked since.

    The result is ``{"verdict", "reason", "requests", "failures"}``, the verdict "promote" or "roll back".
    """
    verdict: dict[str, Any] = msgspec.to_builtins(
        compare(event) if event.get("compare") else shadow(event) if event.get("shadow") else replay(event)
    )
    _logger.info("decided", extra=verdict)
    return verdict
