"""Lambda handler: closes runs and incidents, and sends postponed triggers again."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.close_run import ask_again, close, close_incidents

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Closes a run, or does what another key of the event requests; see ``runtime.close_run``."""
    if "close_incidents" in event:
        answer = close_incidents(event)
    else:
        answer = ask_again(event) if "ask_again" in event else close(event)
    logger.info("done", extra=answer)
    return answer
