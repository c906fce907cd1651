"""Lambda handler: asks for the approval of a release, and takes what people decide."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.approve_release import ask_or_expire, decide

_logger = Logger(service="approve_release")


@_logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any] | None:
    """Answers an event of API Gateway with a decision, and asks or ends a wait for the state machine.

    For the latter the result is the approval, without what others could let its execution go on by.
    """
    if "requestContext" in event:
        answered = decide(event)
        _logger.info("decided", extra={"status": answered["statusCode"], "path": event.get("rawPath")})
        return answered
    approval = ask_or_expire(event)
    told = approval and {
        "run_id": approval.run_id,
        "version": approval.version,
        "decision": approval.decision,
    }
    _logger.info("asked", extra=told or {"decision": "not needed"})
    result: dict[str, Any] | None = msgspec.to_builtins(told)
    return result
