"""Lambda handler: registers the winner of a training run as an immutable version."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.register_version import registration

_logger = Logger(service="register_version")


@_logger.inject_lambda_context(log_event=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """``{"run_id", "winner"}`` to ``{"version"}``."""
    version = registration().register(event["run_id"], event["winner"])
    _logger.info("registered", extra={"version": version.version})
    return {"version": version.version}
