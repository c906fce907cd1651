"""The states in which a tested release waits for a person."""

from __future__ import annotations

from infra.constructs.amazon_states_language import (
    Json,
    await_callback,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
)
from infra.training.state_machine.state_parameters import (
    ABANDON,
    RELEASE,
    RUN,
    SHORT_TIMEOUT_S,
    StateFunctions,
)
from keepfit.serving.release.approving import REFUSED_ERROR
from keepfit.serving.release_definition import ReleaseDefinition

FIRST = "ToBeApproved?"


def approval_states(functions: StateFunctions, release: ReleaseDefinition, *, next_state: str) -> Json:
    """The states from a tested release to an approved one; none where releases need no approval."""
    if functions.approve is None:
        return {}
    serving = "$.release.champion_lambda_version"
    return {
        FIRST: choice_state(
            choice_rule(serving, IsNull=True, next_state="AskApproval"),
            # What serves already is found out there.
            choice_rule("$.release.lambda_version", StringEqualsPath=serving, next_state=next_state),
            default="AskApproval",
        ),
        "AskApproval": await_callback(
            functions.approve,
            payload={"action": "ask", **RELEASE},
            timeout_s=release.approval_period.seconds,
            result_path="$.approval",
            catch=[
                catcher("Refused", REFUSED_ERROR),
                catcher("ExpireApproval", "States.Timeout"),
                *ABANDON,
            ],
            next_state=next_state,
        ),
        "ExpireApproval": invoke_function(
            functions.approve,
            parameters={"action": "expire", **RUN},
            timeout_s=SHORT_TIMEOUT_S,
            catch=[catcher("NotApproved")],
            next_state="NotApproved",
        ),
    }
