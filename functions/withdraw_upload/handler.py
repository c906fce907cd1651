"""Lambda handler: withdraws an upload from its dataset, on request of a person."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.withdraw_upload import withdraw

_logger = Logger(service="withdraw_upload")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Withdraws the upload of ``{"dataset", "sha256", "who", "why", "train"}``.

    The result is ``{"outcome", "dataset", "key", "sha256", "version", "rows"}``.
    """
    withdrawn: dict[str, Any] = msgspec.to_builtins(withdraw(event))
    _logger.info("withdrawn", extra=withdrawn)
    return withdrawn
