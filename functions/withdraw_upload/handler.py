"""Takes an upload out of its dataset again, because a person wants it."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.withdrawing import withdraw

_logger = Logger(service="withdraw_upload")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{"dataset", "sha256", "who", "why", "train"}`` to ``{"outcome", "dataset", "key", "version", "rows"}``."""
    withdrawn: dict[str, Any] = msgspec.to_builtins(withdraw(event))
    _logger.info("withdrawn", extra=withdrawn)
    return withdrawn
