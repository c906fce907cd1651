"""A candidate is asked for rows that its fits had not seen; those may say how many steps it takes."""

from __future__ import annotations

from typing import Any

import pytest

from keepfit.training.definition import CandidateDefinition
from keepfit.training.trials.validation import Validation
from tests.unit.training.support.tables import folds_of


def validated(kind: str, folds: int, algorithm: str, **parameters: Any) -> Validation:
    candidate = CandidateDefinition(algorithm=algorithm, parameters=parameters)
    return folds_of(kind, folds).validate(candidate, seed=0)


@pytest.mark.parametrize(("folds", "answered"), [(5, 1000), (1, 200)])
def test_folds_agree_on_one_number_of_steps_and_are_asked_after_so_many(folds: int, answered: int) -> None:
    settings = {"learning_rate": 0.3, "early_stopping_rounds": 30}
    stopped = validated("binary", folds, "lightgbm", n_estimators=400, **settings)
    [chosen] = stopped.parameters
    assert 1 <= chosen["n_estimators"] < 200
    assert (stopped.folds, len(stopped.labels)) == (folds, pytest.approx(answered, abs=30))
    fixed = validated("binary", folds, "lightgbm", **{**settings, **chosen, "early_stopping_rounds": None})
    assert stopped.raw[0] == pytest.approx(fixed.raw[0])
    assert fixed.parameters == [{}]


def test_a_candidate_that_nothing_stops_is_fitted_once_a_fold() -> None:
    assert validated("regression", 3, "ridge").parameters == [{}]
