"""The states of a run whose model containers serve: moves wait for tasks, idle ones are stopped."""

from __future__ import annotations

from infra.constructs.amazon_states_language import Json, catcher, invoke_function
from infra.training.state_machine.state_parameters import MEDIUM_TIMEOUT_S, RUN, StateFunctions

_STOP_IDLE = "StopIdle"


def with_containers(functions: StateFunctions, states: Json) -> Json:
    """The states of a run, each move with the time that tasks need, and one more before the run closes."""
    move = functions.move.function_arn
    patient = {
        name: {**state, "TimeoutSeconds": MEDIUM_TIMEOUT_S} if state.get("Resource") == move else state
        for name, state in states.items()
    }
    prune = {**states["Prune"], "Next": _STOP_IDLE, "Catch": [catcher(_STOP_IDLE)]}
    stop = invoke_function(
        functions.move,
        parameters={"action": "stop idle", **RUN},
        timeout_s=MEDIUM_TIMEOUT_S,
        # Whatever cannot be ended now is after the next run.
        catch=[catcher("Close")],
        next_state="Close",
    )
    return {**patient, "Prune": prune, _STOP_IDLE: stop}
