"""Lambda handler: moves the aliases ``live`` and ``next``, which no other function may do."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.move_alias import canary_of, move_alias, mover, next_alias

_logger = Logger(service="move_alias")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any] | None:
    """Performs ``event["action"]`` on an alias.

    The result is ``{"moved", "baking", "version", "lambda_version", "started_at", "ended_canary"}``.

    Null where there was no canary to end, after ``next``, which no client can ask, and after what moves none.
    """
    moved: dict[str, Any] | None = msgspec.to_builtins(move_alias(event, mover(), canary_of, next_alias()))
    _logger.info("moved", extra=moved or {"moved": False})
    return moved
