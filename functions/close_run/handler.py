"""The last state, of runs that finished and of those that were abandoned."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.closing import close

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.closing.close``."""
    answer = close(event)
    logger.info("closed", extra=answer)
    return answer
