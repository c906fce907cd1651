"""Composition root of `dispatch_event`: builds ``Dispatch`` from environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec

from keepfit import variables
from keepfit.adapters.aws.lambda_functions import LambdaFunctions
from keepfit.adapters.aws.ssm_subscriptions import SsmSubscriptions
from keepfit.adapters.aws.states_executions import StatesExecutions
from keepfit.runtime.settings import setting
from keepfit.training.runs.event_dispatch import Dispatch


def dispatch(event: dict[str, Any], record: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Dispatches an event to every model that it concerns.

    Args:
        event: as one of the platform's rules sends it.
        record: told at once what came of each order, so that it is known though another one fails.

    Returns:
        ``event``, its id; ``done``: ``model``, ``outcome`` and ``reason`` of each order; ``reason``: why there is none.
    """
    done = Dispatch(
        subscriptions=SsmSubscriptions(path=setting(variables.SUBSCRIPTIONS)),
        starts=StatesExecutions(),
        functions=LambdaFunctions(),
        batches=os.environ.get(variables.BATCHES),
        record=lambda dispatched: record(msgspec.to_builtins(dispatched)),
    ).dispatch(event)
    reason = None if done else "no model that is deployed listens to it"
    return {"event": event["id"], "done": msgspec.to_builtins(done), "reason": reason}
