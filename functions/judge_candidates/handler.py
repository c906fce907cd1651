"""Lambda handler: judges a run's candidates against the champion on the newest holdout."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.judge_candidates import judge_run

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See ``keepfit.runtime.judge_candidates.judge_run``."""
    answer = judge_run(event)
    logger.info("judged", extra=answer)
    return answer
