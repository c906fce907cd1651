"""Each kind of model test, on a model that is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import BINARY, TaskSpec
from keepfit.training.model_tests.base import ModelUnderTest
from keepfit.training.model_tests.definition import ModelTestDefinition
from keepfit.training.model_tests.run import run_tests

INSTANCES: list[dict[str, Any]] = [
    {"delay": n % 50 if n % 7 else None, "origin": "JFK" if n % 3 else "EWR"} for n in range(300)
]


def ask(instances: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """P(true) goes up with the delay, a little more at JFK; beyond 60 minutes it refuses."""
    minutes = np.array([np.nan if (d := each["delay"]) is None else float(d) for each in instances])
    jfk = np.array([each["origin"] == "JFK" for each in instances])
    scores = 0.2 + np.nan_to_num(minutes) / 100 + 0.05 * jfk
    return np.where(np.nan_to_num(minutes) > 60, np.nan, scores)


def outcome_of(spec: TaskSpec = BINARY, **test: Any) -> tuple[bool, str]:
    outputs = ask(INSTANCES)
    model = ModelUnderTest(
        task=training_task_of(spec),
        metric="roc_auc",
        labels=np.array([n % 2 == 0 for n in range(300)]) if spec is BINARY else outputs,
        outputs=outputs,
        instances=INSTANCES,
        ask=ask,
        rows=lambda sql: np.array([each["origin"] == sql for each in INSTANCES]),
    )
    [result] = run_tests([ModelTestDefinition(name="so it is", **test)], model)
    assert result.name == "so it is"
    return result.passed, result.reason


@pytest.mark.parametrize(
    ("passed", "said", "test"),
    [
        (True, "by up to 0.05", {"values": ["JFK", "EWR"], "tolerance": 0.06, "field": "origin"}),
        (False, "0.0% of", {"values": ["EWR"], "tolerance": 0.01, "field": "origin", "where": "JFK"}),
        (True, "", {"values": ["JFK"], "tolerance": 0.01, "field": "origin", "min_share": 0.6}),
        (False, "no row", {"add": 1.0, "field": "delay", "where": "LGA"}),
    ],
)
def test_an_invariance_lets_the_answer_move_by_the_tolerance(
    passed: bool, said: str, test: dict[str, Any]
) -> None:
    outcome, reason = outcome_of(kind="invariance", **test)
    assert outcome == passed
    assert said in reason


@pytest.mark.parametrize(
    ("passed", "test"),
    [
        (True, {"add": 5.0}),
        (False, {"add": 5.0, "expect": "down"}),
        (True, {"values": [10.0, 20.0]}),
        (False, {"values": [20.0, 10.0]}),
        (False, {"add": 0.0}),
    ],
)
def test_a_direction_leaves_out_what_is_missing_or_refused(passed: bool, test: dict[str, Any]) -> None:
    outcome, reason = outcome_of(kind="direction", field="delay", **test)
    assert outcome == passed
    assert "moves the answer" in reason


def test_a_minimum_measures_the_rows_of_its_filter() -> None:
    assert outcome_of(kind="minimum", where="JFK", min_value=0.4)[0]
    assert not outcome_of(kind="minimum", where="JFK", min_value=0.9)[0]
    assert "means nothing on 0 rows" in outcome_of(kind="minimum", where="LGA", min_value=0.4)[1]


def test_an_expected_answer_is_a_decision_or_a_number_within_the_tolerance() -> None:
    late = {"delay": 50, "origin": "JFK"}
    assert outcome_of(kind="expected", instance=late, answer=True) == (
        True,
        "it answers True; True is expected",
    )
    assert not outcome_of(kind="expected", instance=late, answer=False)[0]
    assert outcome_of(kind="expected", instance=late, answer=0.7, tolerance=0.06)[0]
    assert not outcome_of(kind="expected", instance={**late, "delay": 99}, answer=True)[0]
    assert outcome_of(TaskSpec(kind="regression"), kind="expected", instance=late, answer=0.75)[0]
