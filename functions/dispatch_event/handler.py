"""Lambda handler: dispatches an event to the models that it concerns."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.dispatch_event import dispatch

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.dispatch_event.dispatch``."""
    answer = dispatch(event, lambda done: logger.info("carried out", extra=done))
    logger.info("dispatched", extra=answer)
    return answer
