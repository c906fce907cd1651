"""Lambda handler: plans the parts of a file that is to be scored."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.batch_jobs import plan_batch

_logger = Logger(service="plan_batch")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.batch_jobs.plan_batch``."""
    done = plan_batch(event)
    _logger.info("done", extra={"came_of_it": done})
    return done
