"""The states that release a registered version: package, canary, promotion."""

from __future__ import annotations

from infra.constructs.amazon_states_language import (
    Json,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
    pass_state,
)
from infra.training.state_machine.approval_states import FIRST, approval_states
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
from keepfit.serving.release.alias_mover import AT_ONCE
from keepfit.serving.release_definition import ReleaseDefinition

_REASON = {"reason.$": "$.evaluation.reason"}


def release_states(functions: StateFunctions, release: ReleaseDefinition) -> Json:
    """The states from a registered version to a promoted or rolled back release."""
    return {
        **_preparing(functions),
        **approval_states(functions, release, next_state="Champion?"),
        **_first_moves(functions, tried_by="Shadow" if release.shadow else "StartCanary"),
        **(_shadow(functions, seconds=release.baking_period.seconds) if release.shadow else {}),
        **_canary(functions, evaluation_period_s=release.evaluation_period.seconds),
        **_deciding(functions),
    }


def _preparing(functions: StateFunctions) -> Json:
    """The package, tested over HTTPS."""
    return {
        "PrepareRelease": invoke_function(
            functions.prepare,
            parameters={**RUN, "version.$": "$.registered.version"},
            result_path="$.release",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=ABANDON,
            next_state="PointNext",
        ),
        "PointNext": invoke_function(
            functions.move,
            parameters={"action": "next", **RELEASE},
            timeout_s=SHORT_TIMEOUT_S,
            catch=ABANDON,
            next_state="TestRelease",
        ),
        "TestRelease": invoke_function(
            functions.prepare,
            parameters={"test": True, **RELEASE, "code_sha256.$": "$.release.code_sha256"},
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=[
                catcher("Reject", "GoldenRequestsFailed"),
                catcher("RejectTested", "SystemTestsFailed"),
                *ABANDON,
            ],
            next_state=FIRST if functions.approve else "Champion?",
        ),
    }


def _first_moves(functions: StateFunctions, *, tried_by: str) -> Json:
    """The first release, one at once, or a trial."""
    return {
        "Champion?": choice_state(
            choice_rule("$.release.champion_lambda_version", IsNull=True, next_state="FirstRelease"),
            choice_rule(
                "$.release.lambda_version",
                StringEqualsPath="$.release.champion_lambda_version",
                next_state="ServesAlready",
            ),
            choice_rule("$.release.strategy", StringEquals="at_once", next_state="ReleaseAtOnce"),
            default=tried_by,
        ),
        "FirstRelease": pass_state(
            {"reason": "the first release: there is nothing to compare with"},
            result_path="$.evaluation",
            next_state="Promote",
        ),
        "ReleaseAtOnce": _move(functions, AT_ONCE, next_state="Rebaseline"),
    }


def _shadow(functions: StateFunctions, *, seconds: int) -> Json:
    """Copies of what clients ask meanwhile, before any of them meets the challenger."""
    return {
        "Shadow": pass_state(
            {"started_at.$": "$$.State.EnteredTime"}, result_path="$.shadow", next_state="BakeInShadow"
        ),
        "BakeInShadow": {"Type": "Wait", "Seconds": seconds, "Next": "AskCopies"},
        "AskCopies": invoke_function(
            functions.replay,
            parameters={"shadow": True, **RELEASE, "started_at.$": "$.shadow.started_at"},
            result_path="$.evaluation",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=ABANDON,
            next_state="Shadowed?",
        ),
        "Shadowed?": choice_state(
            choice_rule("$.evaluation.verdict", StringEquals="promote", next_state="StartCanary"),
            default="RolledBack",
        ),
    }


def _canary(functions: StateFunctions, *, evaluation_period_s: int) -> Json:
    """The canary, its scores beside the champion's, and a replay where clients ask it too little."""
    return {
        "StartCanary": _move(functions, "canary", result_path="$.canary", next_state="Bake"),
        "Bake": {"Type": "Wait", "Seconds": evaluation_period_s, "Next": "EvaluateCanary"},
        "EvaluateCanary": invoke_function(
            functions.evaluate,
            parameters={**RELEASE, "started_at.$": "$.canary.started_at"},
            result_path="$.evaluation",
            timeout_s=SHORT_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state="Verdict?",
        ),
        "Verdict?": choice_state(
            choice_rule("$.evaluation.verdict", StringEquals="promote", next_state="CompareScores"),
            choice_rule("$.evaluation.verdict", StringEquals="roll back", next_state="RollBack"),
            choice_rule("$.evaluation.verdict", StringEquals="replay", next_state="Replay"),
            default="Bake",
        ),
        "CompareScores": invoke_function(
            functions.replay,
            parameters={
                "compare": True,
                **RELEASE,
                "started_at.$": "$.canary.started_at",
                "evaluation.$": "$.evaluation",
            },
            result_path="$.evaluation",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state="Decided?",
        ),
        "Replay": invoke_function(
            functions.replay,
            parameters={**RELEASE, **_REASON},
            result_path="$.evaluation",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=CLEAR_CANARY,
            next_state="Decided?",
        ),
        "Decided?": choice_state(
            choice_rule("$.evaluation.verdict", StringEquals="promote", next_state="Promote"),
            default="RollBack",
        ),
    }


def _deciding(functions: StateFunctions) -> Json:
    """Promotion or roll back, and the monitor's new reference."""
    return {
        "Promote": _move(functions, "promote", **_REASON, next_state="Rebaseline"),
        "RollBack": _move(functions, "roll back", **_REASON, next_state="RolledBack"),
        # The new champion serves already: a monitor that fails here runs again on its schedule.
        "Rebaseline": invoke_function(
            functions.monitor,
            parameters={"rebaseline": True, **RUN},
            timeout_s=LONG_TIMEOUT_S,
            catch=[catcher("Released")],
            next_state="Released",
        ),
    }


def _move(
    functions: StateFunctions, action: str, *, next_state: str, result_path: str | None = None, **more: str
) -> Json:
    return invoke_function(
        functions.move,
        parameters={"action": action, **RELEASE, **more},
        result_path=result_path,
        timeout_s=SHORT_TIMEOUT_S,
        catch=CLEAR_CANARY,
        next_state=next_state,
    )
