"""The states that join a run's features on Spark, where there is much to join."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_

from infra.constructs.amazon_states_language import (
    DISCARD_RESULT,
    Json,
    choice_rule,
    choice_state,
    invoke_function,
    retrier,
)
from infra.training.state_machine.state_parameters import ABANDON, LONG_TIMEOUT_S, RUN, TASK_TIMEOUT_S
from keepfit.features.offline.join_job import PLAN_JOIN
from keepfit.features.offline.registry import SPARK

PLAN = "PlanJoin"
# What EMR Serverless gets over by itself: no capacity now, or an application that is just being stopped.
_PASSING = (
    "EMRServerless.ThrottlingException",
    "EMRServerless.InternalServerException",
    "EMRServerless.ServiceQuotaExceededException",
    "EMRServerless.ConflictException",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStep:
    """The job's application, role and script."""

    application_id: str
    role: str
    script: str


def join_states(build: lambda_.IFunction, step: JoinStep, *, next_state: str) -> Json:
    """The states from the plan of the join to its results, or to the state that joins by itself."""
    return {
        PLAN: invoke_function(
            build,
            parameters={**RUN, "step": PLAN_JOIN},
            result_path="$.join",
            timeout_s=LONG_TIMEOUT_S,
            catch=ABANDON,
            next_state="JoinedOnSpark?",
        ),
        "JoinedOnSpark?": choice_state(
            choice_rule("$.join.engine", StringEquals=SPARK, next_state="JoinFeatures"), default=next_state
        ),
        "JoinFeatures": {
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::emr-serverless:startJobRun.sync",
            "Parameters": {
                "ApplicationId": step.application_id,
                "ExecutionRoleArn": step.role,
                "Name.$": "$.admission.run_id",
                "ExecutionTimeoutMinutes": TASK_TIMEOUT_S // 60,
                "JobDriver": {
                    "SparkSubmit": {
                        "EntryPoint": step.script,
                        "EntryPointArguments.$": "States.Array($.join.job)",
                    }
                },
            },
            **DISCARD_RESULT,
            # The job ends itself first, and says so.
            "TimeoutSeconds": TASK_TIMEOUT_S + 10 * 60,
            "Retry": [retrier(_PASSING, interval_s=15, max_delay_s=300)],
            "Catch": ABANDON,
            "Next": next_state,
        },
    }
