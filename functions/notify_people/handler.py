"""Lambda handler: sends notices to people, by the channels of the project."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.notify_people import notify

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.notify_people.notify``."""
    answer = notify(event)
    logger.info("told", extra=answer)
    return answer
