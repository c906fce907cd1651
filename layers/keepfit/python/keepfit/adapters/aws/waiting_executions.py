"""Executions of AWS Step Functions that wait at a step for its token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keepfit.adapters.aws.clients import client, translated

_MOST_CAUSE = 32_000


class StepFunctionsWaiting:
    """See ``serving.ports.WaitingExecutions``."""

    def go_on(self, token: str, output: Mapping[str, Any]) -> None:
        with translated("the waiting step"):
            client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(output))

    def end(self, token: str, *, error: str, cause: str) -> None:
        with translated("the waiting step"):
            client("stepfunctions").send_task_failure(taskToken=token, error=error, cause=cause[:_MOST_CAUSE])
