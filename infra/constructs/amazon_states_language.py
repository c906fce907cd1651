"""Builders of states in the Amazon States Language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_

from keepfit.errors import TRANSIENT_NAMES

Json = dict[str, Any]

# A template cannot hold the null that discards a result, so the result is replaced.
DISCARD_RESULT: Json = {"ResultSelector": {"done": True}, "ResultPath": "$.last"}

_TRANSIENT_ERRORS = (
    *TRANSIENT_NAMES,
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
# What Fargate and ECS may get over by themselves; a task that ran and failed is the candidate's failure.
NO_CAPACITY = (
    "ECS.AmazonECSException",
    "ECS.ServerException",
    "ECS.ThrottlingException",
    "AmazonECS.Unknown",
)
# While a deployment replaces roles and revisions: a moment later there is what was refused or not found.
_BEING_DEPLOYED = ("ECS.ClientException", "ECS.InvalidParameterException", "ECS.AccessDeniedException")
# Stop codes of tasks that ECS stopped itself: no image, no network, no capacity, the host retired. A program that ended
# has EssentialContainerExited, and is not retried.
_STOPPED_BY_FARGATE = (
    "TaskFailedToStart",
    "TerminationNotice",
    "SpotInterruption",
    "ServiceSchedulerInitiated",
)
TASK_NOT_RUN = "TaskNotRun"


def invoke_function(
    function: lambda_.IFunction,
    *,
    timeout_s: int,
    catch: Sequence[Json],
    next_state: str | None,
    parameters: Json | None = None,
    result_path: str | None = None,
    **fields: Any,
) -> Json:
    """A Task state that invokes a Lambda function; without ``result_path`` its result is discarded."""
    return {
        "Type": "Task",
        "Resource": function.function_arn,
        **({"Parameters": parameters} if parameters else {}),
        **({"ResultPath": result_path} if result_path else DISCARD_RESULT),
        "TimeoutSeconds": timeout_s,
        "Retry": [retrier(_TRANSIENT_ERRORS, interval_s=1, max_delay_s=20)],
        **_catch(catch),
        **_next(next_state),
        **fields,
    }


def await_callback(
    function: lambda_.IFunction,
    *,
    payload: Json,
    timeout_s: int,
    result_path: str,
    catch: Sequence[Json],
    next_state: str,
) -> Json:
    """A Task state that invokes a function with a token, and waits until somebody ends its wait by that."""
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": function.function_arn,
            "Payload": {**payload, "task_token.$": "$$.Task.Token"},
        },
        "ResultPath": result_path,
        "TimeoutSeconds": timeout_s,
        "Retry": [retrier(_TRANSIENT_ERRORS, interval_s=1, max_delay_s=20)],
        **_catch(catch),
        **_next(next_state),
    }


def run_fargate_task(
    name: str,
    parameters: Json,
    *,
    timeout_s: int,
    attempts: int = 4,
    patience: int = 6,
    catch: Sequence[Json] = (),
    next_state: str | None = None,
) -> Json:
    """A Parallel that runs a Fargate task to its end, and again where Fargate stopped it.

    Whatever stops a task after it was accepted is one error, ``States.TaskFailed``, and only its cause distinguishes a
    program that failed from an image that could not be pulled. A retrier cannot match causes, so a branch gives the
    latter an error name of its own. Its states are named after ``name``, since a machine may have each name only once.
    Capacity that there is none of is asked for ``patience`` times more.
    """
    task, stopped, not_run, failed = (
        f"{name}{suffix}" for suffix in ("Task", "Stopped?", "NotRun", "Failed")
    )
    return {
        "Type": "Parallel",
        "Branches": [
            {
                "StartAt": task,
                "States": {
                    task: {
                        "Type": "Task",
                        "Resource": f"arn:{Aws.PARTITION}:states:::ecs:runTask.sync",
                        "Parameters": parameters,
                        **DISCARD_RESULT,
                        "TimeoutSeconds": timeout_s,
                        "Retry": [
                            retrier(NO_CAPACITY, interval_s=15, max_delay_s=300, max_attempts=patience),
                            retrier(_BEING_DEPLOYED, interval_s=10, max_delay_s=60, max_attempts=3),
                        ],
                        "Catch": [catcher(stopped, "States.TaskFailed")],
                        "End": True,
                    },
                    stopped: choice_state(
                        # As a JSON string in quotes: nothing that a run names can be spelled like it.
                        *(
                            choice_rule("$.error.Cause", StringMatches=f'*"{code}"*', next_state=not_run)
                            for code in _STOPPED_BY_FARGATE
                        ),
                        default=failed,
                    ),
                    not_run: {"Type": "Fail", "Error": TASK_NOT_RUN, "CausePath": "$.error.Cause"},
                    failed: fail_state(),
                },
            }
        ],
        **DISCARD_RESULT,
        "Retry": [retrier((TASK_NOT_RUN,), interval_s=30, max_delay_s=300, max_attempts=attempts - 1)],
        **_catch(catch),
        **_next(next_state),
    }


def catcher(next_state: str, *errors: str) -> Json:
    """A catcher of ``errors`` by name, of all errors by default; the error is kept under ``$.error``."""
    return {"ErrorEquals": list(errors) or ["States.ALL"], "ResultPath": "$.error", "Next": next_state}


def choice_state(*rules: Json, default: str) -> Json:
    """A Choice state: the first rule that matches selects the next state."""
    return {"Type": "Choice", "Choices": list(rules), "Default": default}


def choice_rule(path: str, *, next_state: str, **comparison: Any) -> Json:
    """A rule of a Choice state: ``choice_rule("$.a", StringEquals="x", next_state="B")``."""
    return {"Variable": path, **comparison, "Next": next_state}


def pass_state(parameters: Json, *, result_path: str, next_state: str) -> Json:
    """A Pass state that puts ``parameters`` at ``result_path``."""
    return {"Type": "Pass", "Parameters": parameters, "ResultPath": result_path, "Next": next_state}


def fail_state() -> Json:
    """A Fail state that ends the execution with the caught error."""
    return {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def retrier(errors: Sequence[str], *, interval_s: int, max_delay_s: int, max_attempts: int = 6) -> Json:
    """A retrier of ``errors`` by name: exponential, with full jitter."""
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval_s,
        "MaxDelaySeconds": max_delay_s,
        "BackoffRate": 2,
        "MaxAttempts": max_attempts,
        "JitterStrategy": "FULL",
    }


def _catch(catchers: Sequence[Json]) -> Json:
    return {"Catch": list(catchers)} if catchers else {}


def _next(state: str | None) -> Json:
    return {"Next": state} if state else {"End": True}
