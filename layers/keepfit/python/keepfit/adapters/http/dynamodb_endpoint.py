"""The endpoint of DynamoDB and the credentials in the environment of a Lambda function."""

from __future__ import annotations

import os

from keepfit.adapters.http.connection import Connection
from keepfit.adapters.http.signature_v4 import Signer


def connected() -> tuple[Connection, Signer]:
    """A connection to DynamoDB, and what signs requests with the function's credentials."""
    environment = os.environ
    region = environment["AWS_REGION"]
    url = (
        environment.get("AWS_ENDPOINT_URL_DYNAMODB")
        or environment.get("AWS_ENDPOINT_URL")
        or f"https://dynamodb.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    )
    signer = Signer(
        service="dynamodb",
        region=region,
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret=environment["AWS_SECRET_ACCESS_KEY"],
        token=environment.get("AWS_SESSION_TOKEN"),
    )
    return Connection(url), signer
