"""Lambda handler: writes the summary of a batch, or why it came to nothing."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.batch_jobs import close_batch

_logger = Logger(service="close_batch")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.batch_jobs.close_batch``."""
    done = close_batch(event)
    _logger.info("done", extra={"came_of_it": done})
    return done
