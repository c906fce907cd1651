"""Lambda handler: publishes a registered version, tests it over HTTPS, and prunes old versions."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.prepare_release import prepare, prune, test

_logger = Logger(service="prepare_release")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{"run_id", "version"}`` to the version, both Lambda versions and the strategy of the release.

    ``{"test": true, "run_id", "version", "lambda_version", "code_sha256"}`` to the report of its system tests.

    ``{"prune": true}`` to ``{"pruned", "kept"}``.
    """
    done: dict[str, Any] = msgspec.to_builtins(
        prune() if event.get("prune") else test(event) if event.get("test") else prepare(event)
    )
    _logger.info("done", extra=done)
    return done
