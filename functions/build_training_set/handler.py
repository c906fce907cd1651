"""Lambda handler: builds the training set and the holdout of a run."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.build_training_set import build

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.build_training_set.build``."""
    answer = build(event)
    logger.info("built the training set", extra=answer)
    return answer
