"""The training state machine: from a trigger to a released model, or to a recorded reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from infra.training.state_machine.amazon_states_language import (
    DROPPED,
    Json,
    choose,
    fail,
    invoke,
    note,
    on_error,
    repeat_task,
    when,
)
from keepfit.serving.definition import ReleaseDefinition
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.rate_limit import longest_execution
from keepfit.training.runs.run import LEFT_TO_PERSON

# A step's own timeout, and a minute for it to start.
_SHORT, _MEDIUM, _LONG = 2 * 60, 6 * 60, 16 * 60
_TASK = 2 * 60 * 60

_EXECUTION = {
    "arn.$": "$$.Execution.Id",
    "name.$": "$$.Execution.Name",
    "started_at.$": "$$.Execution.StartTime",
}
_RUN = {"run_id.$": "$.admission.run_id"}
_RELEASE = {**_RUN, "version.$": "$.registered.version", "lambda_version.$": "$.release.lambda_version"}
_ABANDON = [on_error("Abandon")]
# From here on the alias may carry a canary's weight.
_CLEAR = [on_error("ClearCanary")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """The Lambda function behind each state."""

    admit: lambda_.IFunction
    build: lambda_.IFunction
    record_failure: lambda_.IFunction
    judge: lambda_.IFunction
    register: lambda_.IFunction
    prepare: lambda_.IFunction
    move: lambda_.IFunction
    evaluate: lambda_.IFunction
    monitor: lambda_.IFunction
    close: lambda_.IFunction

    def all(self) -> list[lambda_.IFunction]:
        return [getattr(self, name) for name in self.__slots__]


def training_flow(
    functions: Functions, *, task: Json, release: ReleaseDefinition, retraining: RetrainingDefinition
) -> Json:
    """The definition, in the Amazon States Language; ``task`` is what ``ecs:runTask.sync`` is asked for one candidate.

    Whatever fails ends in Abandon: the lock is given back, the reason recorded, the champion untouched.
    """
    return {
        "StartAt": "Admit",
        "TimeoutSeconds": longest_execution(release.baking_limit, retraining).seconds,
        "States": {
            **_admission(functions),
            **_training(functions, task),
            **_releasing(functions, release),
            **_closing(functions),
        },
    }


def _admission(functions: Functions) -> Json:
    return {
        "Admit": invoke(
            functions.admit,
            asks={"event.$": "$", "execution": _EXECUTION},
            answer="admission",
            seconds=_SHORT,
            catch=_ABANDON,
            then="Admitted?",
        ),
        "Admitted?": choose(
            when("$.admission.ask_again_at", IsString=True, then="TooEarly"),
            when("$.admission.admitted", BooleanEquals=False, then="Suppressed"),
            # A version that is registered already only needs to be packaged, with the handler of today.
            when("$.admission.release", IsNumeric=True, then="Registered"),
            otherwise="BuildTrainingSet",
        ),
        "Registered": note({"version.$": "$.admission.release"}, under="registered", then="PrepareRelease"),
        "TooEarly": {"Type": "Wait", "TimestampPath": "$.admission.ask_again_at", "Next": "AskAgain"},
        # By an execution of its own, so that the run begins when it begins.
        "AskAgain": invoke(
            functions.close,
            asks={"ask_again.$": "$$.Execution.Input"},
            seconds=_SHORT,
            catch=_ABANDON,
            then="Suppressed",
        ),
        "Suppressed": {"Type": "Succeed", "Comment": "The reason is recorded in the registry"},
    }


def _training(functions: Functions, task: Json) -> Json:
    register = {**_RUN, "winner.$": "$.judgement.winner"}
    return {
        "BuildTrainingSet": invoke(
            functions.build, asks=_RUN, answer="training_set", seconds=_LONG, catch=_ABANDON, then="Train"
        ),
        "Train": {
            "Type": "Map",
            "ItemsPath": "$.training_set.candidates",
            "ItemSelector": {**_RUN, "candidate.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "TrainCandidate",
                "States": _one_candidate(functions, task),
            },
            "MaxConcurrency": 10,
            **DROPPED,
            "Catch": _ABANDON,
            "Next": "Judge",
        },
        "Judge": invoke(
            functions.judge, asks=_RUN, answer="judgement", seconds=_MEDIUM, catch=_ABANDON, then="Winner?"
        ),
        "Winner?": choose(when("$.judgement.winner", IsNull=True, then="ChampionKept"), otherwise="Register"),
        "Register": invoke(
            functions.register,
            asks=register,
            answer="registered",
            seconds=_MEDIUM,
            catch=_ABANDON,
            then="Comparable?",
        ),
        # What the champion cannot be compared with replaces it only when a person says so.
        "Comparable?": choose(
            when("$.judgement.left_to_person", IsNull=True, then="PrepareRelease"), otherwise="LeftToPerson"
        ),
    }


def _one_candidate(functions: Functions, task: Json) -> Json:
    """One that fails is recorded and the others go on; Judge needs at least one."""
    failure = {"run_id.$": "$.run_id", "candidate.$": "$.candidate", "error.$": "$.error"}
    return {
        "TrainCandidate": repeat_task(task, seconds=_TASK, catch=[on_error("RecordFailure")]),
        # What fails here fails the Map, which is caught there.
        "RecordFailure": invoke(functions.record_failure, asks=failure, seconds=_SHORT, catch=(), then=None),
    }


def _releasing(functions: Functions, release: ReleaseDefinition) -> Json:
    prepare = {**_RUN, "version.$": "$.registered.version"}
    reason = {"reason.$": "$.evaluation.reason"}

    def move(action: str, *, then: str, answer: str | None = None, **more: str) -> Json:
        asks = {"action": action, **_RELEASE, **more}
        return invoke(functions.move, asks=asks, answer=answer, seconds=_SHORT, catch=_CLEAR, then=then)

    return {
        "PrepareRelease": invoke(
            functions.prepare,
            asks=prepare,
            answer="release",
            seconds=_MEDIUM,
            catch=[on_error("Reject", "GoldenRequestsFailed"), *_ABANDON],
            then="Champion?",
        ),
        "Champion?": choose(
            when("$.release.champion_lambda_version", IsNull=True, then="FirstRelease"),
            when(
                "$.release.lambda_version",
                StringEqualsPath="$.release.champion_lambda_version",
                then="ServesAlready",
            ),
            otherwise="StartCanary",
        ),
        "FirstRelease": note(
            {"reason": "the first release: there is nothing to compare with"},
            under="evaluation",
            then="Promote",
        ),
        "StartCanary": move("canary", answer="canary", then="Bake"),
        "Bake": {"Type": "Wait", "Seconds": release.evaluation_period.seconds, "Next": "EvaluateCanary"},
        "EvaluateCanary": invoke(
            functions.evaluate,
            asks={**_RELEASE, "started_at.$": "$.canary.started_at"},
            answer="evaluation",
            seconds=_SHORT,
            catch=_CLEAR,
            then="Verdict?",
        ),
        "Verdict?": choose(
            when("$.evaluation.verdict", StringEquals="promote", then="Promote"),
            when("$.evaluation.verdict", StringEquals="roll back", then="RollBack"),
            otherwise="Bake",
        ),
        "Promote": move("promote", **reason, then="Rebaseline"),
        "RollBack": move("roll back", **reason, then="RolledBack"),
        # The new champion serves already: a monitor that fails here runs again on its schedule.
        "Rebaseline": invoke(
            functions.monitor,
            asks={"rebaseline": True, **_RUN},
            seconds=_LONG,
            catch=[on_error("Released")],
            then="Released",
        ),
    }


def _closing(functions: Functions) -> Json:
    version = {"version.$": "$.registered.version"}

    def end(outcome: str, *, then: str = "Close", **more: str) -> Json:
        return note({**_RUN, "outcome": outcome, **more}, under="closing", then=then)

    cleared = {"action": "roll back", **_RELEASE, "reason": "the run failed while its canary was baking"}
    # By its execution: where Admit failed, nothing else is known of the run.
    abandoned = {"execution": _EXECUTION, "outcome": "abandoned", "error.$": "$.error"}
    return {
        "ChampionKept": end("champion kept"),
        "ServesAlready": end("champion kept", reason="it serves already, and would be packaged as it is"),
        "LeftToPerson": end(LEFT_TO_PERSON, **version),
        "Reject": end("rejected by golden requests", then="Prune", **version, **{"error.$": "$.error"}),
        "RolledBack": end("rolled back", then="Prune", **version, **{"reason.$": "$.evaluation.reason"}),
        "Released": end("released", then="Prune", **version),
        # Each of these has published a version. Whatever cannot be taken away now is after the next one.
        "Prune": invoke(
            functions.prepare, asks={"prune": True}, seconds=_MEDIUM, catch=[on_error("Close")], then="Close"
        ),
        "Close": invoke(
            functions.close, seconds=_SHORT, catch=_ABANDON, then="Closed", InputPath="$.closing"
        ),
        "Closed": {"Type": "Succeed"},
        "ClearCanary": invoke(functions.move, asks=cleared, seconds=_SHORT, catch=_ABANDON, then="Abandon"),
        "Abandon": invoke(
            functions.close, asks=abandoned, seconds=_SHORT, catch=[on_error("Failed")], then="Failed"
        ),
        "Failed": fail(),
    }
