"""Lambda handler: writes outcomes that clients report to the dataset of their model."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.write_outcomes import respond

_logger = Logger(service="write_outcomes")


@_logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One API Gateway event (HTTP API, payload 2.0) of ``POST /models/{model}/outcomes`` to its response."""
    response = respond(event)
    _logger.info("answered", extra={"path": event.get("rawPath"), "status": response["statusCode"]})
    return response
