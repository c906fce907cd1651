"""The states that close a run, whatever its outcome."""

from __future__ import annotations

from collections.abc import Callable

from infra.constructs.amazon_states_language import (
    Json,
    catcher,
    fail_state,
    invoke_function,
    pass_state,
)
from infra.training.state_machine.state_parameters import (
    ABANDON,
    EXECUTION,
    MEDIUM_TIMEOUT_S,
    RELEASE,
    RUN,
    SHORT_TIMEOUT_S,
    StateFunctions,
)
from keepfit.training.runs.run import LEFT_TO_PERSON, NOT_APPROVED, REFUSED, RELEASED


def _not_approved(end: Callable[..., Json], version: Json, error: Json) -> Json:
    """The ends of a refused release and of one whose approval period is over."""
    late = {"reason": "nobody approved it in time"}
    return {
        "Refused": end(REFUSED, next_state="Prune", **version, **error),
        "NotApproved": end(NOT_APPROVED, next_state="Prune", **version, **late),
    }


def closing_states(functions: StateFunctions) -> Json:
    """The states that record how a run ended, and those that clear up after an error."""
    version, error = {"version.$": "$.registered.version"}, {"error.$": "$.error"}

    def end(outcome: str, *, next_state: str = "Close", **more: str) -> Json:
        return pass_state({**RUN, "outcome": outcome, **more}, result_path="$.closing", next_state=next_state)

    cleared = {"action": "roll back", **RELEASE, "reason": "the run failed while its canary was baking"}
    # By its execution: where Admit failed, nothing else is known of the run.
    abandoned = {"execution": EXECUTION, "outcome": "abandoned", "error.$": "$.error"}
    return {
        "ChampionKept": end("champion kept"),
        "ServesAlready": end("champion kept", reason="it serves already, and would be packaged as it is"),
        "LeftToPerson": end(LEFT_TO_PERSON, **version),
        "Reject": end("rejected by golden requests", next_state="Prune", **version, **error),
        "RejectTested": end("rejected by system tests", next_state="Prune", **version, **error),
        **(_not_approved(end, version, error) if functions.approve else {}),
        "RolledBack": end(
            "rolled back", next_state="Prune", **version, **{"reason.$": "$.evaluation.reason"}
        ),
        "Released": end(RELEASED, next_state="Prune", **version),
        # Each of these has published a version. Whatever cannot be taken away now is after the next one.
        "Prune": invoke_function(
            functions.prepare,
            parameters={"prune": True},
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=[catcher("Close")],
            next_state="Close",
        ),
        "Close": invoke_function(
            functions.close,
            timeout_s=SHORT_TIMEOUT_S,
            catch=ABANDON,
            next_state="Closed",
            InputPath="$.closing",
        ),
        "Closed": {"Type": "Succeed"},
        "ClearCanary": invoke_function(
            functions.move, parameters=cleared, timeout_s=SHORT_TIMEOUT_S, catch=ABANDON, next_state="Abandon"
        ),
        "Abandon": invoke_function(
            functions.close,
            parameters=abandoned,
            timeout_s=SHORT_TIMEOUT_S,
            catch=[catcher("Failed")],
            next_state="Failed",
        ),
        "Failed": fail_state(),
    }
