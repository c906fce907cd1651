"""Stacking weighs its members by rows that validate, and is one model of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from keepfit.errors import InvalidDefinition
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Problem, ValidationRows
from keepfit.training.recipes.stacking import FittedStacking
from keepfit.training.trials.early_stopping import agreed_parameters
from keepfit.training.trials.fit_candidate import fit_problem
from tests.unit.training.support.tables import CODE_SIZES, rows, task_of

SMALL = {"members": ["hist_gradient_boosting", "dummy"], "hist_gradient_boosting__max_iter": 20}


def problem(kind: str = "binary", *, validates: bool = True) -> Problem:
    table, unseen, task = rows(400, kind=kind), rows(300, seed=1, kind=kind), task_of(kind)
    asked = ValidationRows(features=unseen.features, labels=unseen.labels)
    return Problem(
        features=table.features,
        labels=table.labels,
        task=task,
        target=task.targets(table.labels)[0],
        code_sizes=CODE_SIZES,
        validation=asked if validates else None,
    )


def stacked(parameters: Mapping[str, Any], of: Problem) -> FittedStacking:
    candidate = CandidateDefinition(algorithm="stacking", parameters={**parameters})
    fitted = fit_problem(candidate, of, seed=0)
    assert isinstance(fitted, FittedStacking)
    return fitted


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_no_other_weights_are_much_nearer_to_the_labels_that_validate(kind: str) -> None:
    asked = problem(kind)
    fitted = stacked(SMALL, asked)
    assert asked.validation
    labels = asked.validation.labels

    def error(model: FittedStacking) -> float:
        """The mean square of what values miss, or the log loss of probabilities."""
        assert asked.validation
        raw = model.raw(asked.validation.features)
        if kind == "regression":
            return float(((raw - labels.reshape(-1, 1)) ** 2).mean())
        return float(-np.log(raw[np.arange(len(labels)), labels.astype(int)]).mean())

    both = stacked({**SMALL, "weights": {"hist_gradient_boosting": 1.0, "dummy": 1.0}}, asked)
    others = [replace(both, shares=[share, 1 - share]) for share in np.linspace(0, 1, 21)]
    assert error(fitted) <= min(map(error, others)) * (1.001 if kind == "regression" else 1.01)
    assert sum(fitted.shares) == pytest.approx(1)
    assert min(fitted.shares) >= 0


def test_members_may_disagree_on_how_many_classes_there_are_where_rows_lack_one() -> None:
    whole = problem("multiclass")
    kept = whole.labels != 1
    lacking = replace(whole, features=whole.features[kept], labels=whole.labels[kept])
    assert whole.validation
    known = whole.validation.labels != 1
    asked = ValidationRows(features=whole.validation.features[known], labels=whole.validation.labels[known])
    parameters = {"members": ["lightgbm", "logistic_regression"], "lightgbm__n_estimators": 5}
    raw = stacked(parameters, replace(lacking, validation=asked)).raw(asked.features)
    assert raw.shape == (len(asked.labels), len(whole.task.spec.classes or []))
    assert raw[:, 1].max() < 0.1
    assert raw.sum(axis=1) == pytest.approx(1)


def test_what_the_rows_chose_is_the_whole_fit_to_all_rows() -> None:
    first = stacked(SMALL, problem())
    again = stacked({**SMALL, **first.chosen}, problem(validates=False))
    assert again.to_onnx() == first.to_onnx()


def test_members_weigh_the_same_where_no_rows_validate() -> None:
    assert stacked(SMALL, problem(validates=False)).shares == [0.5, 0.5]


def test_a_member_without_weight_is_not_fitted() -> None:
    weights = {"hist_gradient_boosting": 3.0, "dummy": 0.0}
    fitted = stacked({**SMALL, "weights": weights}, problem(validates=False))
    assert fitted.shares == [1.0]
    assert len(fitted.members) == 1


def test_a_class_weight_is_that_of_every_member() -> None:
    plain, heavy = (
        stacked({"members": ["logistic_regression"], **more}, problem(validates=False))
        for more in ({}, {"class_weight": "balanced"})
    )
    features = problem().features
    assert not np.allclose(plain.raw(features), heavy.raw(features), atol=0.01)


def test_folds_agree_on_the_mean_of_their_weights() -> None:
    chosen = [{"weights": {"a": 0.2, "b": 0.8}, "n": 3}, {"weights": {"a": 0.4, "b": 0.6}, "n": 5}]
    assert agreed_parameters(chosen) == {"weights": pytest.approx({"a": 0.3, "b": 0.7}), "n": 4}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"members": []}, "members must be some of"),
        ({"members": ["ridge"]}, "members must be some of"),  # learns no classes
        ({"members": ["stacking"]}, "members must be some of"),
        ({"members": ["dummy", "dummy"]}, "each once"),
        ({"members": ["dummy"], "weights": {"xgboost": 1.0}}, "weights must give each of dummy a number"),
        ({"members": ["dummy"], "weights": {"dummy": 0.0}}, "one of them more"),
        ({"members": ["dummy"], "lightgbm__num_leaves": 5}, "'lightgbm__num_leaves' is no parameter"),
        ({"num_leaves": 5}, "those of members as lightgbm__…"),
    ],
)
def test_other_parameters_are_refused_with_those_that_are_taken(
    parameters: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidDefinition, match=reason):
        stacked(parameters, problem(validates=False))
