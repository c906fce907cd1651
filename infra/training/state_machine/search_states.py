"""The states of a search whose rounds several tasks measure at once."""

from __future__ import annotations

from infra.training.state_machine.amazon_states_language import (
    DISCARD_RESULT,
    Json,
    catcher,
    pass_state,
    run_fargate_task,
)
from infra.training.state_machine.state_parameters import TASK_TIMEOUT_S
from keepfit.training.search.round_sizes import most_rounds
from keepfit.training.search_definition import SearchDefinition


def search_states(search: SearchDefinition, task: Json, *, next_state: str) -> Json:
    """The states from a candidate to the last round of its search, one round after another.

    Each round is an execution of its own, so that the history of the run stays short. What a round holds and what came
    of it is in S3; a worker that fails costs its own trials, and the search goes on without them.

    Args:
        search: how many rounds there may be, and workers.
        task: the parameters of ``ecs:runTask.sync`` for one worker.
        next_state: what follows, whatever came of the search.
    """
    rounds = list(range(1, most_rounds(search.engine, search.trials) + 1))
    planned = {"rounds": rounds, "workers": list(range(search.workers))}
    return {
        "PlanRounds": pass_state(planned, result_path="$.search", next_state="Search"),
        "Search": {
            "Type": "Map",
            "ItemsPath": "$.search.rounds",
            "ItemSelector": {
                "run_id.$": "$.run_id",
                "candidate.$": "$.candidate",
                "workers.$": "$.search.workers",
                "round.$": "$$.Map.Item.Value",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Round",
                "States": {"Round": _round(task, search.workers)},
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


def _round(task: Json, workers: int) -> Json:
    return {
        "Type": "Map",
        "ItemsPath": "$.workers",
        "ItemSelector": {
            "run_id.$": "$.run_id",
            "candidate.$": "$.candidate",
            "round.$": "$.round",
            "worker.$": "$$.Map.Item.Value",
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "MeasureTrials",
            "States": {
                "MeasureTrials": run_fargate_task(
                    task, timeout_s=TASK_TIMEOUT_S, catch=[catcher("WorkerFailed")]
                ),
                # Its trials are missing in S3, which the next round takes for their failure.
                "WorkerFailed": {"Type": "Pass", "End": True},
            },
        },
        "MaxConcurrency": workers,
        **DISCARD_RESULT,
        "End": True,
    }
