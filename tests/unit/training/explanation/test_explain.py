"""The explanation of a candidate: what it rests on, and whether more rows would help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.training.definition import CandidateDefinition
from keepfit.training.explanation.explain import Subject, explain
from keepfit.training.explanation.learning_curve import MAX_SECONDS, learn
from keepfit.training.explanation.report import Explanation, ShapExamples
from keepfit.training.recipes.base import Fitted
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
        learned=Learned(definition=TREES, fitted=fitted, target=target),
        task=task,
        metric=task.metric(None),
        signature=signature_of(kind),
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
    ("first", "points", "answer"),
    [(MAX_SECONDS / 4, 2, "the last doubling, to"), (MAX_SECONDS, 1, "not known: the fits took too long")],
)
def test_a_fit_that_would_take_too_long_is_not_begun(first: float, points: int, answer: str) -> None:
    folds, task = folds_of("binary", 1), task_of("binary")
    seconds, fits = [0.0], []

    def fit(part: Fold) -> Fitted:
        seconds[0] += first * 2 ** len(fits)
        fits.append(len(part.labels))
        return fit_problem(TREES, part.problem(task, folds.targets[0], stops=False), seed=0)

    learned: Any = learn(
        fit, folds.folds[0], task=task, metric=task.metric(None), seed=0, clock=lambda: seconds[0]
    )
    assert len(fits) == len(learned.curve.points) == points
    assert answer in learned.curve.answer


def test_with_too_few_rows_there_is_no_curve_and_no_importance() -> None:
    fold = folds_of("binary", 1).folds[0]
    one_class = replace(fold, labels=np.zeros(len(fold.labels), dtype=np.bool_))

    def fit(part: Fold) -> Fitted:
        return fit_problem(
            TREES, part.problem(task_of("binary"), folds_of("binary", 1).targets[0], stops=False), seed=0
        )

    assert (
        learn(fit, one_class, task=task_of("binary"), metric=task_of("binary").metric(None), seed=0) is None
    )
