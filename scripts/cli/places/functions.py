"""Invokes the deployed functions."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from cli.exits import CommandError, exit_of
from keepfit import errors
from keepfit.adapters.aws.clients import translated

# A function may work for fifteen minutes. A call that was cut off may have done its work, so it is never repeated.
_PATIENT = Config(connect_timeout=5, read_timeout=910, retries={"total_max_attempts": 1})


def invoke(function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Invokes ``function`` at the place that was entered, and returns its result, empty where it has none.

    Raises:
        CommandError: the function raised; kind and message are its error's.
    """
    with translated(f"the function {function}"):
        client = boto3.client("lambda", config=_PATIENT)
        response = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        payload = json.loads(response["Payload"].read())
    if not response.get("FunctionError"):
        return dict(payload or {})
    kind, message = str(payload.get("errorType", "")), str(payload.get("errorMessage", payload))
    if not hasattr(errors, kind):  # unexpected: the function's log says more
        message = f"{message}; see the log group /aws/lambda/{function}"
    raise CommandError(f"{kind}: {message}", exit_of(kind), kind or None)
