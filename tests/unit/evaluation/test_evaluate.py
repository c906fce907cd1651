"""The evaluation of a candidate: over time, by cost, and all parts in one document."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from keepfit.evaluation.definition import EvaluationDefinition
from keepfit.evaluation.evaluate import evaluate
from keepfit.evaluation.periods import periods
from keepfit.evaluation.report import Evaluation
from keepfit.evaluation.slices.measure import Sliceable
from keepfit.evaluation.tasks.answer_definition import Cost, DecisionDefinition, Wishes
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import IntervalSpec, TaskSpec

_ROWS = 600
_START = datetime(2026, 1, 1, tzinfo=UTC)
_TIMES = [_START + timedelta(hours=hour) for hour in range(_ROWS)]
SPECS = [
    TaskSpec(kind="binary", threshold=0.3),
    TaskSpec(kind="multiclass", classes=["a", "b"]),
    TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-2, high=2)),
]


def model(spec: TaskSpec) -> Sliceable:
    random = np.random.default_rng(0)
    signal = random.normal(size=_ROWS)
    task = training_task_of(spec)
    values = {"binary": signal > 0, "multiclass": np.where(signal > 0, "b", "a"), "regression": signal}[
        spec.kind
    ]
    noisy = signal + random.normal(size=_ROWS) * np.linspace(0.1, 4, _ROWS)
    chance = 1 / (1 + np.exp(-noisy))
    outputs = {"binary": chance, "multiclass": np.column_stack([1 - chance, chance]), "regression": noisy}[
        spec.kind
    ]
    return Sliceable(
        labels=task.encode_labels(values),
        outputs=outputs,
        task=task,
        metric=task.metric(None),
        minimum_rows=50,
    )


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.kind)
def test_every_task_has_an_evaluation_that_is_the_same_after_it_was_kept(spec: TaskSpec) -> None:
    evaluation = evaluate(
        "boosting",
        model(spec),
        {"store": ["north", "south"] * (_ROWS // 2), "age": list(range(_ROWS))},
        definition=EvaluationDefinition(slices=["store"], fairness=["store"]),
        wishes=Wishes(),
        times=_TIMES,
    )
    assert [slice_.name for slice_ in evaluation.declared] == ["store = north", "store = south"]
    assert [group.group for group in evaluation.fairness[0].groups] == ["north", "south"]
    assert evaluation.fairness[0].gaps
    assert evaluation.calibration is not None
    assert evaluation.worst.slices[0].conditions == {"age": "450 and above"}
    assert msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation) == evaluation


def test_periods_follow_each_other_and_show_a_model_that_gets_worse() -> None:
    found = periods(_TIMES, model(SPECS[2]))
    assert [period.rows for period in found] == [100] * 6
    assert all(one.last_event < next_.first_event for one, next_ in itertools.pairwise(found))
    assert found[-1].metric > 5 * found[0].metric
    assert found[-1].interval[0] > found[0].interval[1]


def test_rows_of_one_moment_are_one_period() -> None:
    assert [period.rows for period in periods([_START] * _ROWS, model(SPECS[0]))] == [_ROWS]


def test_a_cost_curve_has_the_cost_of_the_definition_at_the_threshold_of_the_model() -> None:
    task = training_task_of(TaskSpec(kind="binary", threshold=0.4))
    labels, scores = np.array([False, False, True, True]), np.array([0.1, 0.5, 0.2, 0.9])
    costly = Wishes(decision=DecisionDefinition(cost=Cost(false_positive=1, false_negative=5)))
    curve = task.cost_curve(labels, scores, costly)
    assert (curve.threshold, curve.cost) == (0.4, (1 + 5) / 4)
    assert dict(curve.points)[0.0] == 2 / 4
    assert dict(curve.points)[1.0] == 10 / 4
    assert task.cost_curve(labels, scores, Wishes()).cost == 2 / 4
