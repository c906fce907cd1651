"""Executions of a state machine on AWS Step Functions."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.clients import client, translated
from keepfit.errors import NotFound


@dataclass(frozen=True, slots=True)
class StatesExecutions:
    """See ``training.ports.Executions``."""

    def running(self, execution_arn: str) -> bool:
        try:
            with translated(f"execution {execution_arn}"):
                found = client("stepfunctions").describe_execution(executionArn=execution_arn)
        except NotFound:
            return False
        return str(found["status"]) in ("RUNNING", "PENDING_REDRIVE")
