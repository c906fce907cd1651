"""The definition of the training state machine, from a trigger to a closed run."""

from __future__ import annotations

from infra.training.state_machine.amazon_states_language import Json
from infra.training.state_machine.closing_states import closing_states
from infra.training.state_machine.release_states import release_states
from infra.training.state_machine.state_parameters import StateFunctions
from infra.training.state_machine.training_image import ImageSteps
from infra.training.state_machine.training_states import admission_states, training_states
from keepfit.serving.definition import ReleaseDefinition
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.rate_limit import longest_execution
from keepfit.training.search_definition import SearchDefinition
from keepfit.training.segments_definition import SegmentsDefinition


def state_machine_definition(
    functions: StateFunctions,
    *,
    steps: ImageSteps,
    search: SearchDefinition | None,
    segments: SegmentsDefinition | None,
    release: ReleaseDefinition,
    retraining: RetrainingDefinition,
) -> Json:
    """Makes the definition in the Amazon States Language.

    Whatever fails ends in Abandon: the lock is released, the reason recorded, the champion untouched.

    Args:
        functions: the functions behind the states.
        steps: of the training image, and what runs them.
        search: whose rounds several tasks measure at once; None without one.
        segments: how their models are trained; None where one model answers all rows.
        release: how long a canary may bake, which bounds the execution.
        retraining: how long a run may wait for its turn, which bounds it too.
    """
    return {
        "StartAt": "Admit",
        "TimeoutSeconds": longest_execution(
            release.baking_limit, retraining, segmented=segments is not None
        ).seconds,
        "States": {
            **admission_states(functions),
            **training_states(functions, steps, search, segments),
            **release_states(functions, release),
            **closing_states(functions),
        },
    }
