"""Small words for states of the Amazon States Language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_

from keepfit.errors import TRANSIENT_NAMES

Json = dict[str, Any]

# A template cannot hold the null that would drop an answer, so nothing is kept of it.
DROPPED: Json = {"ResultSelector": {"done": True}, "ResultPath": "$.last"}

_PASSING_FAULTS = (
    *TRANSIENT_NAMES,
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
# What Fargate and ECS may get over by themselves; a task that ran and failed is the candidate's failure.
_NO_CAPACITY = (
    "ECS.AmazonECSException",
    "ECS.ServerException",
    "ECS.ThrottlingException",
    "AmazonECS.Unknown",
)
# While a deployment replaces roles and revisions: a moment later there is what was refused or not found.
_BEING_DEPLOYED = ("ECS.ClientException", "ECS.InvalidParameterException", "ECS.AccessDeniedException")
# Why ECS stopped a task of its own accord (its stopCode): no image, no network, no capacity, the host retired. Where
# the program ended, it is EssentialContainerExited, and nobody repeats what failed by itself.
_STOPPED_BY_FARGATE = (
    "TaskFailedToStart",
    "TerminationNotice",
    "SpotInterruption",
    "ServiceSchedulerInitiated",
)
TASK_NOT_RUN = "TaskNotRun"


def invoke(
    function: lambda_.IFunction,
    *,
    seconds: int,
    catch: Sequence[Json],
    then: str | None,
    asks: Json | None = None,
    answer: str | None = None,
    **more: Any,
) -> Json:
    """A Lambda function asked with ``asks``; its answer is kept under ``$.<answer>``, or dropped."""
    return {
        "Type": "Task",
        "Resource": function.function_arn,
        **({"Parameters": asks} if asks else {}),
        **({"ResultPath": f"$.{answer}"} if answer else DROPPED),
        "TimeoutSeconds": seconds,
        "Retry": [_retry(_PASSING_FAULTS, first=1, longest=20)],
        **_caught(catch),
        **_next(then),
        **more,
    }


def repeat_task(asks: Json, *, seconds: int, catch: Sequence[Json]) -> Json:
    """A Fargate task, until its program has ended; it answers in files, not here.

    Whatever stops a task after it was accepted is one error, ``States.TaskFailed``, and only its cause tells a program
    that failed from an image that could not be pulled. Retries know no cause, so a branch gives the latter a name.
    """
    return {
        "Type": "Parallel",
        "Branches": [
            {
                "StartAt": "RunTask",
                "States": {
                    "RunTask": {
                        "Type": "Task",
                        "Resource": f"arn:{Aws.PARTITION}:states:::ecs:runTask.sync",
                        "Parameters": asks,
                        **DROPPED,
                        "TimeoutSeconds": seconds,
                        "Retry": [
                            _retry(_NO_CAPACITY, first=15, longest=300),
                            _retry(_BEING_DEPLOYED, first=10, longest=60, most=3),
                        ],
                        "Catch": [on_error("WhyStopped", "States.TaskFailed")],
                        "End": True,
                    },
                    "WhyStopped": choose(
                        # As a JSON string in quotes: nothing that a run names can be spelled like it.
                        *(
                            when("$.error.Cause", StringMatches=f'*"{code}"*', then="NotRun")
                            for code in _STOPPED_BY_FARGATE
                        ),
                        otherwise="CandidateFailed",
                    ),
                    "NotRun": {"Type": "Fail", "Error": TASK_NOT_RUN, "CausePath": "$.error.Cause"},
                    "CandidateFailed": fail(),
                },
            }
        ],
        **DROPPED,
        "Retry": [_retry((TASK_NOT_RUN,), first=30, longest=300, most=3)],
        **_caught(catch),
        "End": True,
    }


def on_error(then: str, *errors: str) -> Json:
    """Goes on at ``then`` with the error under ``$.error``; ``errors`` by class name, any where none is given."""
    return {"ErrorEquals": list(errors) or ["States.ALL"], "ResultPath": "$.error", "Next": then}


def choose(*rules: Json, otherwise: str) -> Json:
    """The first rule that holds says where to go on."""
    return {"Type": "Choice", "Choices": list(rules), "Default": otherwise}


def when(path: str, *, then: str, **test: Any) -> Json:
    """A rule: ``when("$.a", StringEquals="x", then="Next")``."""
    return {"Variable": path, **test, "Next": then}


def note(value: Json, *, under: str, then: str) -> Json:
    """Keeps ``value`` under ``$.<under>``; names that end in ``.$`` are taken from what is known."""
    return {"Type": "Pass", "Parameters": value, "ResultPath": f"$.{under}", "Next": then}


def fail() -> Json:
    """Ends the execution with the error that was caught."""
    return {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def _retry(errors: Sequence[str], *, first: int, longest: int, most: int = 6) -> Json:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": first,
        "MaxDelaySeconds": longest,
        "BackoffRate": 2,
        "MaxAttempts": most,
        "JitterStrategy": "FULL",
    }


def _caught(catch: Sequence[Json]) -> Json:
    return {"Catch": list(catch)} if catch else {}


def _next(then: str | None) -> Json:
    return {"Next": then} if then else {"End": True}
