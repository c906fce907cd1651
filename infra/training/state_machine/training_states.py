"""The states from a trigger to a registered version."""

from __future__ import annotations

from infra.constructs.amazon_states_language import (
    DISCARD_RESULT,
    Json,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
    pass_state,
)
from infra.training.state_machine.search_states import search_states
from infra.training.state_machine.segment_states import segment_states
from infra.training.state_machine.state_parameters import (
    ABANDON,
    EXECUTION,
    LONG_TIMEOUT_S,
    MEDIUM_TIMEOUT_S,
    RUN,
    SHORT_TIMEOUT_S,
    StateFunctions,
)
from infra.training.state_machine.training_image import ImageStep, ImageSteps, run_image_step
from keepfit.training.search_definition import SearchDefinition
from keepfit.training.segments_definition import SegmentsDefinition


def admission_states(functions: StateFunctions, *, first: str = "BuildTrainingSet") -> Json:
    """The states that admit a trigger, postpone it or suppress it; a run goes on with ``first``."""
    return {
        "Admit": invoke_function(
            functions.admit,
            parameters={"event.$": "$", "execution": EXECUTION},
            result_path="$.admission",
            timeout_s=SHORT_TIMEOUT_S,
            catch=ABANDON,
            next_state="Admitted?",
        ),
        "Admitted?": choice_state(
            choice_rule("$.admission.ask_again_at", IsString=True, next_state="TooEarly"),
            choice_rule("$.admission.admitted", BooleanEquals=False, next_state="Suppressed"),
            # A version that is registered already only needs to be packaged, with the handler of today.
            choice_rule("$.admission.release", IsNumeric=True, next_state="Registered"),
            default=first,
        ),
        "Registered": pass_state(
            {"version.$": "$.admission.release"}, result_path="$.registered", next_state="PrepareRelease"
        ),
        "TooEarly": {"Type": "Wait", "TimestampPath": "$.admission.ask_again_at", "Next": "AskAgain"},
        # By an execution of its own, so that the run begins when it begins.
        "AskAgain": invoke_function(
            functions.close,
            parameters={"ask_again.$": "$$.Execution.Input"},
            timeout_s=SHORT_TIMEOUT_S,
            catch=ABANDON,
            next_state="Suppressed",
        ),
        "Suppressed": {"Type": "Succeed", "Comment": "The reason is recorded in the registry"},
    }


def training_states(
    functions: StateFunctions,
    steps: ImageSteps,
    search: SearchDefinition | None,
    segments: SegmentsDefinition | None,
) -> Json:
    """The states from the training set to the registered winner."""
    return {
        **_candidates_states(functions, steps, search, after="Judge" if segments is None else "Segments?"),
        **({} if segments is None else segment_states(functions, steps, segments, next_state="Judge")),
        **_judging_states(functions),
    }


def _candidates_states(
    functions: StateFunctions, steps: ImageSteps, search: SearchDefinition | None, *, after: str
) -> Json:
    """The training set, the columns that are selected of it, and every candidate."""
    return {
        "BuildTrainingSet": invoke_function(
            functions.build,
            parameters=RUN,
            result_path="$.training_set",
            timeout_s=LONG_TIMEOUT_S,
            catch=ABANDON,
            next_state="Selects?",
        ),
        "Selects?": choice_state(
            choice_rule("$.training_set.selects", BooleanEquals=True, next_state="SelectFeatures"),
            default="Train",
        ),
        # Without an outcome of it, candidates train on all columns.
        "SelectFeatures": run_image_step(
            "SelectFeatures", steps.select, catch=[catcher("Train")], next_state="Train"
        ),
        "Train": {
            "Type": "Map",
            "ItemsPath": "$.training_set.candidates",
            "ItemSelector": {
                **RUN,
                "candidate.$": "$$.Map.Item.Value.name",
                "rounds.$": "$$.Map.Item.Value.rounds",
                "on.$": "$.training_set.on",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                **_candidate(functions, steps, search),
            },
            "MaxConcurrency": 10,
            **DISCARD_RESULT,
            "Catch": ABANDON,
            "Next": after,
        },
    }


def _judging_states(functions: StateFunctions) -> Json:
    """The judgement, and the version that it registers."""
    register = {**RUN, "winner.$": "$.judgement.winner"}
    return {
        "Judge": invoke_function(
            functions.judge,
            parameters=RUN,
            result_path="$.judgement",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=ABANDON,
            next_state="Winner?",
        ),
        "Winner?": choice_state(
            choice_rule("$.judgement.winner", IsNull=True, next_state="ChampionKept"), default="Register"
        ),
        "Register": invoke_function(
            functions.register,
            parameters=register,
            result_path="$.registered",
            timeout_s=MEDIUM_TIMEOUT_S,
            catch=ABANDON,
            next_state="Comparable?",
        ),
        # What the champion cannot be compared with replaces it only when a person says so.
        "Comparable?": choice_state(
            choice_rule("$.judgement.left_to_person", IsNull=True, next_state="PrepareRelease"),
            default="LeftToPerson",
        ),
    }


def _candidate(functions: StateFunctions, steps: ImageSteps, search: SearchDefinition | None) -> Json:
    """One candidate, after the rounds of its search where workers measure them."""
    states = _candidate_states(functions, steps.train)
    if search is None or search.workers == 1:
        return {"StartAt": "TrainCandidate", "States": states}
    return {
        "StartAt": "Searches?",
        "States": {**search_states(steps.measure, next_state="TrainCandidate"), **states},
    }


def _candidate_states(functions: StateFunctions, step: ImageStep) -> Json:
    """The states of one candidate: its failure is recorded and the others go on; Judge needs one."""
    failure = {"run_id.$": "$.run_id", "candidate.$": "$.candidate", "error.$": "$.error"}
    return {
        "TrainCandidate": run_image_step("TrainCandidate", step, catch=[catcher("RecordFailure")]),
        # What fails here fails the Map, which is caught there.
        "RecordFailure": invoke_function(
            functions.record_failure, parameters=failure, timeout_s=SHORT_TIMEOUT_S, catch=(), next_state=None
        ),
    }
