"""Lambda handler: closes runs and incidents, counts gains, and sends postponed triggers again."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.close_run import ask_again, close, close_incidents, count_gain

logger = Logger()
_OTHERS = {"ask_again": ask_again, "close_incidents": close_incidents, "gain": count_gain}


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Closes a run, or does what another key of the event requests; see ``runtime.close_run``."""
    asked = next((function for name, function in _OTHERS.items() if name in event), close)
    answer = asked(event)
    logger.info("done", extra=answer)
    return answer
