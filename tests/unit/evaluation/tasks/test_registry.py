"""Tasks are to definitions what they are to training."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.tasks.registry import LISTINGS, decided_task, rehearsed
from keepfit.tasks.registry import TASKS

SIGNAL = np.random.default_rng(0).normal(size=400)
every_kind = pytest.mark.parametrize("kind", sorted(LISTINGS))


def test_what_is_learned_can_be_served() -> None:
    assert {*LISTINGS} == {*TASKS}


@every_kind
def test_the_metrics_that_are_listed_are_those_that_judge_and_the_first_is_the_default(kind: str) -> None:
    task, _ = rehearsed(kind, SIGNAL)
    assert LISTINGS[kind].metrics == tuple(task.metrics)
    assert task.metric(None).name == LISTINGS[kind].metrics[0]
    assert all(task.metric(name).name == name for name in task.metrics)


@every_kind
def test_a_type_decides_for_a_task_that_can_learn_it(kind: str) -> None:
    assert {*LISTINGS[kind].decided_by} <= {*LISTINGS[kind].label_types}
    assert all(decided_task(label) == kind for label in LISTINGS[kind].decided_by)


@every_kind
def test_made_up_labels_can_be_learned_and_differ(kind: str) -> None:
    task, labels = rehearsed(kind, SIGNAL)
    assert (task.spec.kind, task.refuse(labels)) == (kind, None)
    assert len(labels) == len(task.strata(labels)) == 400
