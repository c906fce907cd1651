"""Lambda handler: makes a dataset's table in the data catalogue show its newest version."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.register_table import register

_logger = Logger(service="register_table")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Registers the dataset of a "Dataset Updated" event, or of ``{"dataset"}``.

    The result is ``{"dataset", "version", "partitions", "put", "removed", "left_out"}``.
    """
    registered: dict[str, Any] = msgspec.to_builtins(register(event))
    _logger.info("registered", extra=registered)
    return registered
