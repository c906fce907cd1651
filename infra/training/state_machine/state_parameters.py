"""The shared parts of the states: functions, timeouts, catchers, and parameters from earlier results."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from infra.constructs.amazon_states_language import catcher

# The timeout of the function behind a state, and a minute for it to start.
SHORT_TIMEOUT_S, MEDIUM_TIMEOUT_S, LONG_TIMEOUT_S = 2 * 60, 6 * 60, 16 * 60
TASK_TIMEOUT_S = 2 * 60 * 60

EXECUTION = {
    "arn.$": "$$.Execution.Id",
    "name.$": "$$.Execution.Name",
    "started_at.$": "$$.Execution.StartTime",
}
RUN = {"run_id.$": "$.admission.run_id"}
RELEASE = {**RUN, "version.$": "$.registered.version", "lambda_version.$": "$.release.lambda_version"}
ABANDON = [catcher("Abandon")]
# For states after which the alias may carry a canary's weight.
CLEAR_CANARY = [catcher("ClearCanary")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFunctions:
    """The Lambda function behind each Task state."""

    admit: lambda_.IFunction
    build: lambda_.IFunction
    record_failure: lambda_.IFunction
    judge: lambda_.IFunction
    register: lambda_.IFunction
    prepare: lambda_.IFunction
    move: lambda_.IFunction
    evaluate: lambda_.IFunction
    replay: lambda_.IFunction
    monitor: lambda_.IFunction
    close: lambda_.IFunction
    approve: lambda_.IFunction | None = None

    def all(self) -> list[lambda_.IFunction]:
        """Every function once per state, in the order of the fields, without one that there is not."""
        return [function for name in self.__slots__ if (function := getattr(self, name))]
