"""The states that train a model for each segment, and make a candidate of them."""

from __future__ import annotations

from infra.constructs.amazon_states_language import (
    DISCARD_RESULT,
    Json,
    catcher,
    choice_rule,
    choice_state,
    invoke_function,
    run_fargate_task,
)
from infra.training.state_machine.state_parameters import (
    RUN,
    SHORT_TIMEOUT_S,
    TASK_TIMEOUT_S,
    StateFunctions,
)
from infra.training.state_machine.training_image import ImageSteps
from keepfit.training.segments_definition import BATCH_TIMEOUT_S, SEGMENTED, SegmentsDefinition


def segment_states(
    functions: StateFunctions, steps: ImageSteps, segments: SegmentsDefinition, *, next_state: str
) -> Json:
    """The states from trained candidates to one more, which answers segments by models of their own.

    Batches are executions of their own, so that the history of the run stays short. What a batch holds is in S3, and so
    is what came of it, segment by segment: one that fails, hangs or is killed costs the segments that it had left.

    Args:
        functions: of which one records failures.
        steps: of the training image, that train and assemble.
        segments: how many batches are trained at once.
        next_state: what follows, whatever came of it.
    """
    failure = {**RUN, "candidate": SEGMENTED, "error.$": "$.error"}
    return {
        "Segments?": choice_state(
            choice_rule("$.training_set.segmented", BooleanEquals=True, next_state="TrainSegments"),
            default=next_state,
        ),
        "TrainSegments": {
            "Type": "Map",
            "ItemsPath": "$.training_set.batches",
            "ItemSelector": {**RUN, "batch.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "TrainBatch",
                "States": {
                    "TrainBatch": run_fargate_task(
                        "TrainBatch",
                        steps.segments,
                        timeout_s=BATCH_TIMEOUT_S,
                        catch=[catcher("BatchFailed")],
                    ),
                    # Its segments are missing in S3, which assembling takes for theirs having none.
                    "BatchFailed": {"Type": "Pass", "End": True},
                },
            },
            "MaxConcurrency": segments.tasks,
            "ToleratedFailurePercentage": 100,
            "Label": "Segments",
            **DISCARD_RESULT,
            "Catch": [catcher("AssembleSegments")],
            "Next": "AssembleSegments",
        },
        "AssembleSegments": run_fargate_task(
            "AssembleSegments",
            steps.assemble,
            timeout_s=TASK_TIMEOUT_S,
            catch=[catcher("RecordNoSegments")],
            next_state=next_state,
        ),
        "RecordNoSegments": invoke_function(
            functions.record_failure,
            parameters=failure,
            timeout_s=SHORT_TIMEOUT_S,
            catch=[catcher(next_state)],
            next_state=next_state,
        ),
    }
