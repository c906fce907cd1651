"""Lambda handler: records why a candidate could not be trained."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.close_run import record_failure

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.close_run.record_failure``."""
    answer = record_failure(event)
    logger.info("recorded", extra=answer)
    return answer
