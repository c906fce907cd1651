"""A candidate is asked for rows that its fits had not seen; those may say how many steps it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keepfit.features.schema.signature import Column, Signature
from keepfit.training.definition import CandidateDefinition
from keepfit.training.trials.validation import Table, Validation, validate
from tests.unit.training.support.tables import rows, task_of

_NAMES = ("a", "b", "c")


def table(kind: str, folds: int) -> Table:
    """1,000 rows of three numbers, all of which validate in one of some folds, or a fifth in the only one."""
    made, random = rows(1000, kind=kind), np.random.default_rng(0)
    fold = random.integers(1, folds + 1, 1000) if folds > 1 else (random.random(1000) < 0.2).astype(np.int64)
    numbers = np.ma.masked_invalid(made.features[:, 2:].astype(np.float64))
    columns = {name: numbers[:, place] for place, name in enumerate(_NAMES)}
    return Table(columns=columns, labels=made.labels, fold=fold, from_fold=np.ones(1000, np.int64))


def validated(kind: str, folds: int, algorithm: str, **parameters: Any) -> Validation:
    columns = [Column(name=name, source="input", type="float", nullable=True) for name in _NAMES]
    task, rows = task_of(kind), table(kind, folds)
    validation = validate(
        CandidateDefinition(algorithm=algorithm, parameters=parameters),
        rows,
        rows,
        signature=Signature(model="m", label="l", event_time=None, columns=columns, task=task.spec),
        task=task,
        seed=0,
    )
    assert validation is not None
    return validation


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
