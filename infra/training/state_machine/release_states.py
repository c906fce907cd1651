"""The states that release a registered version: package, canary, promotion."""

from __future__ import annotations

from infra.training.state_machine.amazon_states_language import (
    Json,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
    pass_state,
)
from infra.training.state_machine.state_parameters import (
    ABANDON,
    CLEAR_CANARY,
    LONG_TIMEOUT_S,
    MEDIUM_TIMEOUT_S,
    RELEASE,
    RUN,
    SHORT_TIMEOUT_S,
    StateFunctions,
)
from keepfit.serving.definition import ReleaseDefinition
from keepfit.serving.release.alias_mover import AT_ONCE


def release_states(functions: StateFunctions, release: ReleaseDefinition) -> Json:
    """The states from a registered version to a promoted or rolled back release."""
    prepare = {**RUN, "version.$": "$.registered.version"}
    reason = {"reason.$": "$.evaluation.reason"}

    def move(action: str, *, next_state: str, result_path: str | None = None, **more: str) -> Json:
        return invoke_function(
            functions.move,
            parameters={"action": action, **RELEASE, **more},
            result_path=result_path,
            timeout_s=SHORT_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state=next_state,
        )

    return {
        "PrepareRelease": invoke_function(
            functions.prepare,
            parameters=prepare,
            result_path="$.release",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=[catcher("Reject", "GoldenRequestsFailed"), *ABANDON],
            next_state="Champion?",
        ),
        "Champion?": choice_state(
            choice_rule("$.release.champion_lambda_version", IsNull=True, next_state="FirstRelease"),
            choice_rule(
                "$.release.lambda_version",
                StringEqualsPath="$.release.champion_lambda_version",
                next_state="ServesAlready",
            ),
            choice_rule("$.release.strategy", StringEquals="at_once", next_state="ReleaseAtOnce"),
            default="StartCanary",
        ),
        "FirstRelease": pass_state(
            {"reason": "the first release: there is nothing to compare with"},
            result_path="$.evaluation",
            next_state="Promote",
        ),
        "ReleaseAtOnce": move(AT_ONCE, next_state="Rebaseline"),
        "StartCanary": move("canary", result_path="$.canary", next_state="Bake"),
        "Bake": {"Type": "Wait", "Seconds": release.evaluation_period.seconds, "Next": "EvaluateCanary"},
        "EvaluateCanary": invoke_function(
            functions.evaluate,
            parameters={**RELEASE, "started_at.$": "$.canary.started_at"},
            result_path="$.evaluation",
            timeout_s=SHORT_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state="Verdict?",
        ),
        "Verdict?": choice_state(
            choice_rule("$.evaluation.verdict", StringEquals="promote", next_state="Promote"),
            choice_rule("$.evaluation.verdict", StringEquals="roll back", next_state="RollBack"),
            choice_rule("$.evaluation.verdict", StringEquals="replay", next_state="Replay"),
            default="Bake",
        ),
        # Clients asked too little: what they asked last is asked anew, of champion and challenger.
        "Replay": invoke_function(
            functions.replay,
            parameters={**RELEASE, **reason},
            result_path="$.evaluation",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state="Replayed?",
        ),
        "Replayed?": choice_state(
            choice_rule("$.evaluation.verdict", StringEquals="promote", next_state="Promote"),
            default="RollBack",
        ),
        "Promote": move("promote", **reason, next_state="Rebaseline"),
        "RollBack": move("roll back", **reason, next_state="RolledBack"),
        # The new champion serves already: a monitor that fails here runs again on its schedule.
        "Rebaseline": invoke_function(
            functions.monitor,
            parameters={"rebaseline": True, **RUN},
            timeout_s=LONG_TIMEOUT_S,
            catch=[catcher("Released")],
            next_state="Released",
        ),
    }
