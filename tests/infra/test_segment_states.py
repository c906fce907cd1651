"""Segments are trained by bounded batches, of which none that is lost costs more than its own segments."""

from __future__ import annotations

import json

import pytest

from infra.training.state_machine.segment_states import segment_states
from infra.training.state_machine.state_parameters import StateFunctions
from infra.training.state_machine.training_image import ImageStep, ImageSteps
from keepfit.instants import Duration
from keepfit.training.definition import RetrainingDefinition
from keepfit.training.runs.execution_limits import EVENTS_OF_ALL_ELSE
from keepfit.training.runs.rate_limit import longest_execution
from keepfit.training.segments.plan import plan_segments
from keepfit.training.segments_definition import (
    BATCH_TIMEOUT_S,
    MAX_SEGMENTS,
    MAX_TASKS,
    SegmentsDefinition,
)
from planning.templates import Json
from tests.infra.test_execution_limits import events

_MAX_PAYLOAD = 256 * 1024


class _Function:
    function_arn = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.fixture(scope="module")
def states() -> Json:
    functions = StateFunctions(**dict.fromkeys(StateFunctions.__slots__, _Function()))  # type: ignore[arg-type]
    step, task = ImageStep(task={}, event={}, on="$.on"), {"Cluster": "c"}
    steps = ImageSteps(select=step, train=step, measure=step, segments=task, assemble=task)
    return segment_states(functions, steps, SegmentsDefinition(), next_state="Judge")


def test_batches_are_executions_of_their_own_and_their_results_stay_in_s3(states: Json) -> None:
    batches = states["TrainSegments"]
    assert batches["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert batches["MaxConcurrency"] == SegmentsDefinition().tasks
    assert batches["ResultSelector"] == {"done": True}
    others = sum(events(state, retried=True) for state in states.values())
    assert others < EVENTS_OF_ALL_ELSE / 2


def test_a_batch_that_is_lost_ends_nothing_but_itself_and_no_segment_ends_the_run(states: Json) -> None:
    inside = states["TrainSegments"]["ItemProcessor"]["States"]
    [caught] = inside["TrainBatch"]["Catch"]
    assert inside[caught["Next"]] == {"Type": "Pass", "End": True}
    assert states["TrainSegments"]["ToleratedFailurePercentage"] == 100
    assert [each["Next"] for each in states["TrainSegments"]["Catch"]] == ["AssembleSegments"]
    assert [each["Next"] for each in states["AssembleSegments"]["Catch"]] == ["RecordNoSegments"]
    assert states["RecordNoSegments"]["Next"] == "Judge"
    assert states["Segments?"]["Default"] == "Judge"


@pytest.mark.parametrize("tasks", [1, 4, MAX_TASKS])
def test_the_most_segments_that_a_plan_may_hold_fit_into_payload_and_time(tasks: int) -> None:
    names = [f"store {number}" for number in range(MAX_SEGMENTS + 5)]
    values = [name for name in names for _ in range(60)]
    plan = plan_segments("store", values, names, SegmentsDefinition(minimum_rows=60, tasks=tasks))
    assert (len(plan.segments), plan.small) == (MAX_SEGMENTS, 5)
    assert sorted(each.value for batch in range(plan.batches) for each in plan.batch(batch)) == sorted(
        each.value for each in plan.segments
    )
    assert len(json.dumps(list(range(plan.batches)))) < _MAX_PAYLOAD / 100
    every_one_hangs = -(-plan.batches // tasks) * BATCH_TIMEOUT_S
    policy = RetrainingDefinition(cooldown=Duration.parse("0s"))
    baking = Duration.parse("20d")
    spare = (
        longest_execution(baking, policy, segmented=True).seconds - longest_execution(baking, policy).seconds
    )
    assert every_one_hangs < spare
