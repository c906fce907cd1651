"""The same scoring behind the logger, the metrics and the router of Powertools for AWS Lambda."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from handler import handler as answer

logger = Logger(service="predict")
metrics = Metrics(namespace="bench", service="predict")
app = APIGatewayHttpResolver()


@app.post("/models/flight_delay/predict")
def predict() -> Response[str]:
    """The answer to one request."""
    answered = answer(app.current_event.raw_event, None)
    logger.info("answered")
    metrics.add_metric(name="requests", unit="Count", value=1)
    return Response(
        status_code=answered["statusCode"], content_type="application/json", body=answered["body"]
    )


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One event of an HTTP API."""
    return app.resolve(event, context)
