"""The last state, of runs that finished, of those that were abandoned, and of those that came too early."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.closing import ask_again, close

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.closing``: ``ask_again`` where the event says so, ``close`` otherwise."""
    answer = ask_again(event) if "ask_again" in event else close(event)
    logger.info("done", extra=answer)
    return answer
