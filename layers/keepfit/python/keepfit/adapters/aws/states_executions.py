"""Executions of state machines on AWS Step Functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class StatesExecutions:
    """See ``training.ports.Executions`` and ``training.ports.Starts``."""

    def running(self, execution_arn: str) -> bool:
        try:
            with translated(f"execution {execution_arn}"):
                execution = client("stepfunctions").describe_execution(executionArn=execution_arn)
        except NotFound:
            return False
        return str(execution["status"]) in ("RUNNING", "PENDING_REDRIVE")

    def start(self, machine: str, name: str, event: Mapping[str, Any]) -> bool:
        try:
            with translated(f"the execution {name} of {machine}"):
                client("stepfunctions").start_execution(
                    stateMachineArn=machine, name=name, input=json.dumps(event)
                )
        except Conflict:  # within the 90 days that a name is remembered
            return False
        return True
