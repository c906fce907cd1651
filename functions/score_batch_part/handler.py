"""Lambda handler: scores a part of a file."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.batch_jobs import score_batch_part

_logger = Logger(service="score_batch_part")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.batch_jobs.score_batch_part``."""
    done = score_batch_part(event)
    _logger.info("done", extra={"came_of_it": done})
    return done
