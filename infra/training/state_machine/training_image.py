"""States that run a step of the training image: on Lambda for little data, else on Fargate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_lambda as lambda_

from infra.constructs.amazon_states_language import (
    DISCARD_RESULT,
    NO_CAPACITY,
    TASK_NOT_RUN,
    Json,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
    pass_state,
    retrier,
    run_fargate_task,
)
from infra.training.state_machine.state_parameters import LONG_TIMEOUT_S, TASK_TIMEOUT_S
from keepfit.training.compute_definition import LAMBDA

SPOT_ATTEMPTS: Final = 2
# How Lambda and its runtime call what time or memory ended, and Step Functions what was never invoked: a program that
# failed by itself has another error, and does not begin again.
LAMBDA_GAVE_UP: Final = (
    "Sandbox.Timedout",
    "Runtime.OutOfMemory",
    "Runtime.ExitError",
    "Lambda.Unknown",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "MemoryError",
    "States.Timeout",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStep:
    """A step of the training image, by all that may run it.

    Args:
        task: the parameters of ``ecs:runTask.sync``.
        spot: likewise, on spot capacity; None where that is not wanted.
        function: the training image as a function; None where all is trained on Fargate.
        event: what the function is asked for.
        on: the path of the service that a run chose, in the state's input.
    """

    task: Json
    spot: Json | None = None
    function: lambda_.IFunction | None = None
    event: Json
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSteps:
    """The steps of the training image.

    Args:
        select: selects a run's columns.
        train: trains one candidate.
        measure: measures a worker's trials of one round of a candidate's search.
        segments: trains the models of a batch of segments, as the parameters of ``ecs:runTask.sync``: on Fargate alone.
        assemble: makes a candidate of them, likewise.
    """

    select: ImageStep
    train: ImageStep
    measure: ImageStep
    segments: Json
    assemble: Json


def run_image_step(
    name: str,
    step: ImageStep,
    *,
    catch: Sequence[Json],
    next_state: str | None = None,
    attempts: int = 1,
) -> Json:
    """The state ``name``: a Parallel of one branch, which goes on elsewhere where a service gave up.

    ``$.moved`` holds the error of the service before, which the step's report repeats. A step that
    goes on where its last attempt ended may have several.
    """
    begins, where, function, spot, fargate = (
        f"{name}{suffix}" for suffix in ("Begins", "Where?", "OnLambda", "OnSpot", "OnFargate")
    )
    on_fargate = fargate if step.spot is None else spot
    states = {fargate: run_fargate_task(fargate, step.task, timeout_s=TASK_TIMEOUT_S)}
    if step.spot is not None:
        states[spot] = run_fargate_task(
            spot,
            step.spot,
            timeout_s=TASK_TIMEOUT_S,
            attempts=SPOT_ATTEMPTS,
            patience=SPOT_ATTEMPTS - 1,
            catch=[_moved(fargate, TASK_NOT_RUN, *NO_CAPACITY)],
        )
    if step.function is not None:
        states[where] = choice_state(
            choice_rule(step.on, StringEquals=LAMBDA, next_state=function), default=on_fargate
        )
        states[function] = invoke_function(
            step.function,
            parameters=step.event,
            timeout_s=LONG_TIMEOUT_S,
            catch=[_moved(on_fargate, *LAMBDA_GAVE_UP)],
            next_state=None,
        )
    first = on_fargate if step.function is None else where
    states[begins] = pass_state({"Error": ""}, result_path="$.moved", next_state=first)
    return {
        "Type": "Parallel",
        "Branches": [{"StartAt": begins, "States": states}],
        **DISCARD_RESULT,
        **(
            {"Retry": [retrier(("States.ALL",), interval_s=5, max_delay_s=60, max_attempts=attempts - 1)]}
            if attempts > 1
            else {}
        ),
        "Catch": list(catch),
        **({"Next": next_state} if next_state else {"End": True}),
    }


def _moved(next_state: str, *errors: str) -> Json:
    return {**catcher(next_state, *errors), "ResultPath": "$.moved"}
