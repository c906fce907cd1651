"""LightGBM and XGBoost as they are elsewhere, stopped by validation rows, and only as far as an export is exact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost

from keepfit.errors import InvalidDefinition
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import TaskSpec
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Problem, ValidationRows
from keepfit.training.recipes.libraries import library
from keepfit.training.trials.fit_candidate import effective_parameters, fit, fit_problem
from keepfit.training.trials.parity import compare
from tests.unit.training.support.tables import CODE_SIZES, rows, task_of

TASK = task_of("binary")
WEIGHTS = {"true": 5.0, "false": 1.0}
both = pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost"])


def as_the_library_has_it(algorithm: str, parameters: dict[str, Any]) -> Any:
    """The library's own scikit-learn estimator with the same parameters."""
    given = {**parameters, "random_state": 0, "n_jobs": 1}
    del given["early_stopping_rounds"]
    if algorithm == "xgboost":
        return xgboost.XGBClassifier(**given)
    return library("lightgbm").LGBMClassifier(verbosity=-1, deterministic=True, force_row_wise=True, **given)


@both
def test_parameters_and_weights_mean_what_they_mean_in_the_librarys_own_estimator(algorithm: str) -> None:
    table, unseen = rows(1000), rows(300, seed=1).features
    plain = CandidateDefinition(algorithm=algorithm, parameters={"n_estimators": 20})
    weighted = CandidateDefinition(
        algorithm=algorithm, parameters={"n_estimators": 20, "class_weight": WEIGHTS}
    )
    estimator = as_the_library_has_it(algorithm, effective_parameters(plain, TASK, 1000))
    for candidate, weights in ((plain, None), (weighted, np.where(table.labels, 5.0, 1.0))):
        fitted = fit(candidate, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)
        estimator.fit(table.features, table.labels, sample_weight=weights)
        expected = estimator.predict_proba(np.ascontiguousarray(unseen))
        assert fitted.raw(unseen) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost", "hist_gradient_boosting"])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_validation_rows_stop_a_fit_where_they_profit_no_more(algorithm: str, kind: str) -> None:
    table, unseen = rows(1000, kind=kind), rows(500, seed=1, kind=kind)
    own = {"max_iter": 400, "early_stopping": True} if algorithm.startswith("hist") else {"n_estimators": 400}
    candidate = CandidateDefinition(algorithm=algorithm, parameters={**own, "learning_rate": 0.3})
    problem = Problem(
        features=table.features,
        labels=table.labels,
        task=task_of(kind),
        target=task_of(kind).targets(table.labels)[0],
        code_sizes=CODE_SIZES,
        validation=ValidationRows(features=unseen.features, labels=unseen.labels),
    )
    fitted = fit_problem(candidate, problem, seed=0)
    steps = next(iter(own))
    assert 1 <= fitted.chosen[steps] < 200
    again = fit_problem(
        CandidateDefinition(algorithm=algorithm, parameters={**candidate.parameters, **fitted.chosen}),
        replace(problem, validation=None),
        seed=0,
    )
    assert again.chosen == {}
    assert again.raw(unseen.features) == pytest.approx(fitted.raw(unseen.features), abs=1e-6)


@pytest.mark.parametrize(
    ("algorithm", "parameters", "says"),
    [
        ("lightgbm", {"boosting_type": "rf"}, "'boosting_type' is not a parameter whose export is exact"),
        ("lightgbm", {"linear_tree": True}, "'linear_tree' is not"),
        ("xgboost", {"objective": "reg:logistic"}, "'objective' is not"),
        ("xgboost", {"n_estimators": 0}, "n_estimators must be a whole number above 0"),
        ("lightgbm", {"num_leaves": 1}, "num_leaves"),
        ("xgboost", {"max_depth": -3}, "max_depth"),
        ("dummy", {"strategy": "prior"}, "it has no parameters"),
    ],
)
def test_what_would_not_be_exported_exactly_is_refused(
    algorithm: str, parameters: dict[str, Any], says: str
) -> None:
    table, candidate = rows(100), CandidateDefinition(algorithm=algorithm, parameters=parameters)
    with pytest.raises(InvalidDefinition, match=says):
        fit(candidate, table.features, table.labels, task=TASK, code_sizes={}, seed=0)


@both
def test_two_classes_with_names_and_columns_that_part_nothing_are_exported(algorithm: str) -> None:
    task, random = training_task_of(TaskSpec(kind="multiclass", classes=["a", "b"])), np.random.default_rng(0)
    for features in (random.normal(size=(300, 2)).astype(np.float32), np.ones((300, 2), np.float32)):
        labels = (random.random(300) + features[:, 0] > 1).astype(np.int64)
        labels[:2] = 0, 1
        fitted = fit(
            CandidateDefinition(algorithm=algorithm), features, labels, task=task, code_sizes={}, seed=0
        )
        parity = compare(
            fitted, fitted.to_onnx(), features, task=task.serving, code_sizes={}, tolerance=1e-6, seed=0
        )
        assert (parity.worst, parity.flipped_labels) == ([], 0)
