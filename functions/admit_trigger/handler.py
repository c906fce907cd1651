"""Lambda handler: admits a trigger or suppresses it, the first state of every execution."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.admit_trigger import admit

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.admit_trigger.admit``."""
    answer = admit(event)
    logger.info("decided", extra=answer)
    return answer
