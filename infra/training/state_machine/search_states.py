"""The states of a search whose rounds several workers measure at once."""

from __future__ import annotations

from infra.constructs.amazon_states_language import (
    DISCARD_RESULT,
    Json,
    catcher,
    choice_rule,
    choice_state,
)
from infra.training.state_machine.training_image import ImageStep, run_image_step

WORKER_ATTEMPTS = 3
"""A trial that ends the process of its worker twice is over by the third, which measures those after it."""


def search_states(step: ImageStep, *, next_state: str) -> Json:
    """The states from a candidate to the last round of its search, one round after another.

    Each round is an execution of its own, so that the history of the run stays short. What a round holds and what came
    of it is in S3; a worker that fails costs its own trials, and the search goes on without them.

    Args:
        step: what runs one worker's part of a round.
        next_state: what follows, whatever came of the search.
    """
    return {
        "Searches?": choice_state(
            choice_rule("$.rounds[0]", IsPresent=True, next_state="Search"), default=next_state
        ),
        "Search": {
            "Type": "Map",
            "ItemsPath": "$.rounds",
            "ItemSelector": {
                "run_id.$": "$.run_id",
                "candidate.$": "$.candidate",
                "on.$": "$.on",
                "round.$": "$$.Map.Item.Value.round",
                "workers.$": "$$.Map.Item.Value.workers",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Round",
                "States": {"Round": _round(step)},
            },
            # A round is drawn from the results of those before it.
            "MaxConcurrency": 1,
            "ToleratedFailurePercentage": 100,
            "Label": "Search",
            **DISCARD_RESULT,
            "Catch": [catcher(next_state)],
            "Next": next_state,
        },
    }


def _round(step: ImageStep) -> Json:
    return {
        "Type": "Map",
        "ItemsPath": "$.workers",
        "ItemSelector": {
            "run_id.$": "$.run_id",
            "candidate.$": "$.candidate",
            "on.$": "$.on",
            "round.$": "$.round",
            "worker.$": "$$.Map.Item.Value",
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "MeasureTrials",
            "States": {
                "MeasureTrials": run_image_step(
                    "MeasureTrials", step, catch=[catcher("WorkerFailed")], attempts=WORKER_ATTEMPTS
                ),
                # Its other trials are missing in S3, which the next round takes for their failure.
                "WorkerFailed": {"Type": "Pass", "End": True},
            },
        },
        **DISCARD_RESULT,
        "End": True,
    }
