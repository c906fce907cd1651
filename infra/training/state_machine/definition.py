"""The definition of the training state machine, from a trigger to a closed run."""

from __future__ import annotations

from infra.constructs.amazon_states_language import Json
from infra.training.state_machine.closing_states import closing_states
from infra.training.state_machine.join_states import PLAN, JoinStep, join_states
from infra.training.state_machine.release_states import release_states
from infra.training.state_machine.state_parameters import StateFunctions
from infra.training.state_machine.training_image import ImageSteps
from infra.training.state_machine.training_states import admission_states, training_states
from keepfit.serving.release_definition import ReleaseDefinition
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
    join: JoinStep | None = None,
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
        join: of features on Spark; None where the step of the training set joins them.
    """
    return {
        "StartAt": "Admit",
        "TimeoutSeconds": longest_execution(
            release.longest, retraining, segmented=segments is not None, joined=join is not None
        ).seconds,
        "States": {
            **(
                admission_states(functions)
                if join is None
                else {
                    **admission_states(functions, first=PLAN),
                    **join_states(functions.build, join, next_state="BuildTrainingSet"),
                }
            ),
            **training_states(functions, steps, search, segments),
            **release_states(functions, release),
            **closing_states(functions),
        },
    }
