"""A search fits trials to the folds of a training set: what one of them does wrong costs only itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.registry import LISTINGS
from keepfit.training.recipes.search_space import Whole
from keepfit.training.search.record import summarize
from keepfit.training.search.search import Search, Searched, search_space
from keepfit.training.search_definition import SearchDefinition, SpanDefinition
from keepfit.training.trials.validation import Folds
from tests.unit.training.support.tables import PAIRS, folds_of, task_of

FEW: dict[str, Any] = {"n_estimators": 15, "early_stopping_rounds": 5}
QUICK = CandidateDefinition(
    algorithm="lightgbm",
    parameters=FEW,
    search={"num_leaves": SpanDefinition(low=2, high=15), "learning_rate": [0.03, 0.3]},
)
CODE = """
import time
from sklearn.linear_model import LogisticRegression
from keepfit.training.recipes.preparation import one_hot_and_scaled
def estimator(columns, seed, does="fits"):
    if does == "fails":
        raise RuntimeError("it does")
    while does == "hangs":
        try:
            time.sleep(60)
        except Exception:
            pass
    return one_hot_and_scaled(columns, LogisticRegression())
"""


def searched(
    candidate: CandidateDefinition = QUICK, *, folds: Folds | None = None, trials: int = 6, **changes: Any
) -> Searched:
    folds = folds or folds_of("binary", 2)
    return Search(
        name="x",
        candidate=candidate,
        folds=folds,
        definition=SearchDefinition(**{"engine": "tpe", "minutes": 5, **changes}),
        trials=trials,
        metric=folds.task.metric(None),
        wishes=Wishes(),
        seed=0,
    ).run(lambda _: None)


def without_seconds(found: Searched) -> list[Any]:
    return [
        (t.number, t.parameters, [(m.share, m.round, m.value) for m in t.measurements])
        for t in found.record.trials
    ]


def test_the_same_search_has_the_same_trials_and_winner() -> None:
    first, second = searched(), searched()
    assert without_seconds(first) == without_seconds(second)
    assert first.candidate == second.candidate
    assert first.record.ended_by == "trials"


def test_the_best_trial_goes_on_with_what_it_answered() -> None:
    folds = folds_of("binary", 2)
    found = searched(folds=folds)
    best = found.record.trials[found.record.best or 0]
    assert found.candidate.parameters == {**FEW, **best.parameters}
    again = folds.validate(found.candidate, seed=0)
    assert found.validation is not None
    assert np.array_equal(found.validation.raw[0], again.raw[0])
    assert best.value() == max(trial.value() or 0 for trial in found.record.trials)
    summary = summarize(found.record)
    assert (summary.trials, summary.failed, summary.default_value) == (6, 0, found.record.trials[0].value())


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost"])
def test_trials_that_share_bins_answer_as_if_each_made_its_own(algorithm: str) -> None:
    folds = folds_of("regression", 1)
    for weights in (0.5, 5.0):
        candidate = CandidateDefinition(algorithm=algorithm, parameters={**FEW, "reg_lambda": weights})
        alone = replace(folds, folds=[fold.sampled(1.0, 0) for fold in folds.folds])
        shared = folds.validate(candidate, seed=0)
        assert np.array_equal(shared.raw[0], alone.validate(candidate, seed=0).raw[0])


def test_a_trial_that_fails_and_one_that_hangs_cost_only_themselves() -> None:
    candidate = CandidateDefinition(
        algorithm="own_code", code=CODE, search={"does": ["hangs", "fails", "fits"]}
    )
    found = searched(candidate, trials=4, engine="grid", minutes=0.01)
    outcomes = [(trial.parameters.get("does"), trial.outcome) for trial in found.record.trials]
    assert outcomes == [
        (None, "measured"),
        ("hangs", "too slow"),
        ("fails", "failed"),
        ("fits", "measured"),
    ]
    assert "RuntimeError: it does" in (found.record.trials[2].reason or "")
    assert found.record.best == 0


def test_a_search_that_minutes_end_says_so_and_has_a_winner() -> None:
    found = searched(trials=40, minutes=1e-9)
    assert (found.record.ended_by, found.record.planned) == ("minutes", 40)
    assert len(found.record.trials) == 5
    assert found.record.best is not None


def test_where_every_trial_fails_the_candidate_stays_as_it_is() -> None:
    candidate = msgspec.structs.replace(QUICK, parameters={"whim": 1})
    found = searched(candidate)
    assert found.candidate == candidate
    assert (found.record.best, found.validation) == (None, None)


def test_what_a_definition_sets_is_not_searched() -> None:
    task, plain = task_of("binary"), CandidateDefinition(algorithm="xgboost")
    whole = search_space(plain, task)
    fixed = msgspec.structs.replace(plain, parameters={"max_depth": 4})
    assert search_space(fixed, task).keys() == whole.keys() - {"max_depth"}
    own = msgspec.structs.replace(plain, search={"max_depth": SpanDefinition(low=2, high=4)})
    assert search_space(own, task) == {"max_depth": Whole(low=2, high=4)}
    assert search_space(msgspec.structs.replace(plain, search={}), task) == {}


@pytest.mark.parametrize(("kind", "algorithm"), PAIRS)
def test_what_is_listed_of_a_space_is_what_its_recipe_searches(kind: str, algorithm: str) -> None:
    task = task_of(kind)
    listed = LISTINGS[algorithm].searched.get(task.estimator, ())
    assert set(listed) == set(search_space(CandidateDefinition(algorithm=algorithm), task))
