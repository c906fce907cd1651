"""Lambda handler: closes runs, finished or abandoned, and sends postponed triggers again."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.close_run import ask_again, close

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Calls ``ask_again`` or ``close`` of ``keepfit.runtime.close_run``, as the event requests."""
    answer = ask_again(event) if "ask_again" in event else close(event)
    logger.info("done", extra=answer)
    return answer
