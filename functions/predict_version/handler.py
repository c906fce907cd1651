"""Lambda handler: answers an inference by one version of a model."""

from typing import Any

from aws_lambda_powertools import Logger

from keepfit.runtime.predict_version import respond

_logger = Logger(service="predict_version")


@_logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One API Gateway event (HTTP API, payload 2.0) that names a version to the version's response."""
    response = respond(event)
    _logger.info("answered", extra={"path": event.get("rawPath"), "status": response["statusCode"]})
    return response
