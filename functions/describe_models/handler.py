"""Lambda handler: answers what clients ask about the server and the models that are deployed."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.describe_models import respond

_logger = Logger(service="describe_models")


@_logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One API Gateway event (HTTP API, payload 2.0) of a GET below ``/v2`` to its response."""
    response = respond(event)
    _logger.info("answered", extra={"path": event.get("rawPath"), "status": response["statusCode"]})
    return response
