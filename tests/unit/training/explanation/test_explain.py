"""The explanation of a candidate: what it rests on, and whether more rows would help."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.explain import FITTED_ELSEWHERE, Subject, explain, explain_import
from keepfit.training.explanation.explainers import explainer_of
from keepfit.training.explanation.fit_cost import COSTS, fit_seconds
from keepfit.training.explanation.learning_curve import MAX_SECONDS, learn, sizes
from keepfit.training.explanation.report import Explanation, ShapExamples
from keepfit.training.recipes.base import Fitted
from keepfit.training.recipes.registry import LISTINGS, OWN_CODE
from keepfit.training.trials.fit_candidate import fit_problem
from keepfit.training.trials.trial import Learned
from keepfit.training.trials.validation import Fold
from tests.unit.training.support.tables import folds_of, signature_of, stored, task_of

TREES = CandidateDefinition(algorithm="lightgbm", parameters={"n_estimators": 30})


def explained(kind: str) -> tuple[Explanation, ShapExamples]:
    folds, task = folds_of(kind, 1), task_of(kind)
    fold, target = folds.folds[0], folds.targets[0]
    fitted = fit_problem(TREES, fold.problem(task, target, stops=False), seed=0)
    subject = Subject(
        name="trees",
        fitted=fitted,
        learned=Learned(definition=TREES, fitted=fitted, target=target),
        task=task,
        metric=task.metric(None),
        signature=signature_of(kind),
        explainer=explainer_of(fitted, fold.features, signature_of(kind), kind=task.estimator, seed=0),
        seed=0,
    )
    chosen = stored(kind, 1).where(np.arange(1000) < 200)
    return explain(subject, fold, fold.features[:200], chosen.columns, print)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_every_task_has_an_explanation_that_is_the_same_after_it_was_kept(kind: str) -> None:
    explanation, examples = explained(kind)
    assert explanation == msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation)
    assert {each.column for each in explanation.permutation.columns} == {"a", "b", "c"}
    # Labels follow a where b is large: what is of use is known to be.
    assert explanation.permutation.columns[0].interval[0] > 0
    assert explanation.shap.residual < 1e-5
    for example in examples.rows:
        assert example.base + sum(example.contributions.values()) == pytest.approx(example.score)
        assert example.values.keys() == {"a", "b", "c"}


def test_the_learning_curve_grows_to_all_rows_and_says_what_the_last_doubling_gained() -> None:
    curve = explained("regression")[0].learning_curve
    rows = [point.rows for point in curve.points]
    assert rows == sorted(rows)
    assert len(rows) == 4
    assert curve.interval[0] <= curve.gain_of_doubling <= curve.interval[1]
    assert curve.metric == "rmse"
    assert curve.points[-1].value < curve.points[0].value
    assert curve.answer.split(":")[0] in ("yes", "no", "perhaps")


@pytest.mark.parametrize(
    ("whole", "points", "answer"),
    [
        (MAX_SECONDS, 3, "the last doubling, to"),
        (4 * MAX_SECONDS, 1, "not known: fits to more rows are too much work"),
        (100 * MAX_SECONDS, 1, "not known: fits to more rows are too much work"),
    ],
)
def test_a_fit_that_is_too_much_work_is_not_begun(whole: float, points: int, answer: str) -> None:
    folds, task = folds_of("binary", 1), task_of("binary")
    every, fits = len(folds.folds[0].labels), list[int]()

    def cost(rows: int) -> float:
        return whole * rows / every

    def fit(part: Fold) -> Fitted:
        fits.append(len(part.labels))
        return fit_problem(TREES, part.problem(task, folds.targets[0], stops=False), seed=0)

    learned: Any = learn(fit, folds.folds[0], task=task, metric=task.metric(None), seed=0, cost=cost)
    assert len(fits) == len(learned.curve.points) == points
    assert answer in learned.curve.answer


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_an_explanation_is_the_same_to_the_digit_however_slow_the_machine_is(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = explained(kind)
    slow = itertools.count(step=1000)
    for clock in ("monotonic", "perf_counter", "process_time", "time"):
        monkeypatch.setattr(time, clock, lambda: float(next(slow)))
    assert [msgspec.json.encode(each) for each in explained(kind)] == [
        msgspec.json.encode(each) for each in first
    ]


def test_the_work_of_a_fit_grows_with_rows_numbers_steps_and_classes() -> None:
    binary, several = task_of("binary"), task_of("multiclass")
    few = fit_seconds(TREES, binary, rows=1_000, numbers=10)
    more_steps = CandidateDefinition(algorithm="lightgbm", parameters={"n_estimators": 60})
    assert few < fit_seconds(TREES, binary, rows=2_000, numbers=10)
    assert few < fit_seconds(TREES, binary, rows=1_000, numbers=20)
    assert fit_seconds(more_steps, binary, rows=1_000, numbers=10) == pytest.approx(2 * few)
    assert fit_seconds(TREES, several, rows=1_000, numbers=10) == pytest.approx(several.scores * few)
    assert {*COSTS} == {*LISTINGS} - {OWN_CODE}


def test_of_a_large_table_a_part_is_fitted_that_the_limit_of_work_allows() -> None:
    default = CandidateDefinition(algorithm="lightgbm", parameters={})
    for rows, numbers in ((50_000, 21), (1_000_000, 50)):
        cost = partial(_rows_of, default, numbers)
        chosen = sizes(rows, cost)
        assert sum(map(cost, chosen)) <= MAX_SECONDS
        assert chosen


def _rows_of(candidate: CandidateDefinition, numbers: int, rows: int) -> float:
    return fit_seconds(candidate, task_of("binary"), rows=rows, numbers=numbers)


def test_with_too_few_rows_there_is_no_curve_and_no_importance() -> None:
    fold = folds_of("binary", 1).folds[0]
    one_class = replace(fold, labels=np.zeros(len(fold.labels), dtype=np.bool_))

    def fit(part: Fold) -> Fitted:
        return fit_problem(
            TREES, part.problem(task_of("binary"), folds_of("binary", 1).targets[0], stops=False), seed=0
        )

    task = task_of("binary")
    assert learn(fit, one_class, task=task, metric=task.metric(None), seed=0, cost=lambda _: 0.0) is None


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_model_that_was_fitted_elsewhere_is_explained_by_its_answers_alone(kind: str) -> None:
    folds, task = folds_of(kind, 1), task_of(kind)
    fold = folds.folds[0]
    known = fit_problem(TREES, fold.problem(task, folds.targets[0], stops=False), seed=0)

    class Answers:
        """Nothing but answers: no trees that anybody could read."""

        raw, predict = staticmethod(known.raw), staticmethod(known.predict)

    stranger: Any = Answers()
    subject = Subject(
        name="imported",
        fitted=stranger,
        learned=None,
        task=task,
        metric=task.metric(None),
        signature=signature_of(kind),
        explainer=explainer_of(stranger, fold.features, signature_of(kind), kind=task.estimator, seed=0),
        seed=0,
    )
    chosen = stored(kind, 1).where(np.arange(1000) < 200)
    validation = (fold.asked.features, fold.asked.labels)
    explanation, examples = explain_import(subject, validation, fold.features[:200], chosen.columns, print)
    assert explanation.permutation.columns[0].interval[0] > 0
    assert (explanation.shap.method, explanation.shap.rows) == ("drawn orders", 20)
    assert explanation.shap.standard_error is not None
    assert explanation.shap.residual < 1e-5
    assert len(examples.rows) == 3
    assert explanation.learning_curve is None
    assert explanation.no_learning_curve == FITTED_ELSEWHERE
    for example in examples.rows:
        assert example.base + sum(example.contributions.values()) == pytest.approx(example.score)
