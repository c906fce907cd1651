"""Lambda handler: writes rows of an online view to its dataset and to the online store."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.write_features import respond

_logger = Logger(service="write_features")


@_logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One API Gateway event (HTTP API, payload 2.0) of ``POST /features/{view}`` to its response."""
    response = respond(event)
    _logger.info("answered", extra={"path": event.get("rawPath"), "status": response["statusCode"]})
    return response
