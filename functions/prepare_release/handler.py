"""Lambda handler: publishes a registered version and tests it; prunes old versions.

The published Lambda version answers golden requests before it may be tried.
"""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from keepfit.runtime.prepare_release import prepare, prune

_logger = Logger(service="prepare_release")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{"run_id", "version"}`` to the version, both Lambda versions and the strategy of the release.

    ``{"prune": true}`` to ``{"pruned", "kept"}``.
    """
    done: dict[str, Any] = msgspec.to_builtins(prune() if event.get("prune") else prepare(event))
    _logger.info("done", extra=done)
    return done
