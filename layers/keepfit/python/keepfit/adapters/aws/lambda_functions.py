"""Asynchronous invocations of functions on AWS Lambda."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepfit.adapters.aws.clients import client, translated


@dataclass(frozen=True, slots=True)
class LambdaFunctions:
    """See ``training.ports.Functions``."""

    def invoke(self, function: str, asked: Mapping[str, Any]) -> None:
        with translated(f"the function {function}"):
            client("lambda").invoke(
                FunctionName=function, InvocationType="Event", Payload=json.dumps(asked).encode()
            )
