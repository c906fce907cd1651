"""A parameter that trains but cannot be exported is told before anything is deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from keepfit.errors import InvalidDefinition
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.sklearn_onnx import to_onnx
from keepfit.training.trials.synthetic_trial import ColumnKind, made_up, rehearse
from tests.unit.training.support.tables import PAIRS

KINDS: list[list[ColumnKind]] = [
    ["category"],
    ["nullable"],
    ["nullable", "category", "category", "number", "nullable"],
]
# Columns of one kind are prepared alike whatever the task is.
EVERY_PAIR = [
    (kind, algorithm, kinds)
    for kind, algorithm in PAIRS
    for kinds in (KINDS if kind == "binary" else KINDS[-1:])
]


@pytest.mark.parametrize(("kind", "algorithm", "kinds"), EVERY_PAIR)
def test_every_algorithm_passes_on_every_kind_of_columns(
    kind: str, algorithm: str, kinds: list[ColumnKind]
) -> None:
    parity = rehearse(CandidateDefinition(algorithm=algorithm), kinds, GatesDefinition(), kind)
    assert parity.rows > 400
    assert parity.flipped_labels == 0


@pytest.mark.parametrize("kinds", KINDS)
def test_the_rows_are_of_the_models_kinds_and_of_both_labels(kinds: list[ColumnKind]) -> None:
    rows, _ = made_up(kinds, "binary")
    assert 0.2 < rows.labels.mean() < 0.8
    for number, kind in enumerate(kinds):
        column = rows.features[:, number]
        assert np.isnan(column).any() == (kind == "nullable")
        if kind == "category":
            assert set(column) == set(range(rows.code_sizes[number]))


@pytest.mark.parametrize("parameters", [{"depth": 3}, {"n_estimators": -2}])
def test_a_parameter_that_does_not_train_is_named(parameters: dict[str, Any]) -> None:
    candidate = CandidateDefinition(algorithm="random_forest", parameters=parameters)
    with pytest.raises(InvalidDefinition, match=next(iter(parameters))):
        rehearse(candidate, ["number"], GatesDefinition(), "binary")


def _raising(_estimator: Any, *, columns: int, **_options: Any) -> bytes:
    raise NotImplementedError(f"no converter for {columns} columns")


def _of_another(estimator: Any, *, columns: int, **_options: Any) -> bytes:
    """An export without complaint, and wrong: of the same trees, asked about other columns."""
    estimator.steps[-1][1].estimators_ = estimator.steps[-1][1].estimators_[:1]
    model = to_onnx(estimator, columns=columns)
    estimator.steps[-1][1].estimators_ = estimator.steps[-1][1].estimators_ * 2
    estimator.steps[-1][1].estimators_[1].tree_.value[:] = 0.5
    return model


@pytest.mark.parametrize(
    ("exporting", "says"),
    [
        (_raising, "cannot be exported to ONNX: NotImplementedError: no converter for 2 columns"),
        (
            lambda _estimator, **_options: b"no model",
            "its export cannot be used: this ONNX file must not be loaded",
        ),
        (_of_another, "its export answers otherwise: outputs differ by up to"),
    ],
)
def test_what_trains_and_cannot_be_exported_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch, exporting: Callable[..., bytes], says: str
) -> None:
    monkeypatch.setattr("keepfit.training.recipes.estimator.to_onnx", exporting)
    candidate = CandidateDefinition(algorithm="random_forest", parameters={"n_estimators": 3})
    with pytest.raises(InvalidDefinition) as error:
        rehearse(candidate, ["number", "nullable"], GatesDefinition(), "binary")
    assert "trains, and " in str(error.value)
    assert says in str(error.value)


def test_weights_by_the_names_of_classes_are_left_to_the_run_that_knows_them() -> None:
    weighted = CandidateDefinition(
        algorithm="logistic_regression", parameters={"class_weight": {"setosa": 2.0}}
    )
    assert rehearse(weighted, ["number"], GatesDefinition(), "multiclass").flipped_labels == 0
