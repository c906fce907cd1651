"""The best of many trials has to be surely better than the candidate as it is defined."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.training.definition import CandidateDefinition
from keepfit.training.search.confirm import SURE, asked_certainty, confirm
from keepfit.training.search.measuring import with_parameters
from keepfit.training.search.search import Search, Searched
from keepfit.training.search_definition import SearchDefinition
from keepfit.training.trials.validation import Folds
from tests.unit.training.support.searches import record, trial
from tests.unit.training.support.tables import folds_of

GOOD = {"n_estimators": 30, "num_leaves": 8, "learning_rate": 0.1, "early_stopping_rounds": None}
BAD = {**GOOD, "n_estimators": 1, "num_leaves": 2}


def confirmed(
    own: dict[str, object], best: dict[str, object], folds: Folds, *, failed: bool = False
) -> Searched:
    """What becomes of a search whose trial 1 was ranked first; its answers are computed anew, as by several tasks."""
    candidate = CandidateDefinition(algorithm="lightgbm", parameters=own)
    first = trial(0, outcome="failed" if failed else "measured")
    found = record(first, trial(1, **best))
    searched = Searched(candidate=with_parameters(candidate, best), validation=None, record=found)
    return confirm(searched, candidate, folds, metric=folds.task.metric(None), wishes=Wishes(), seed=0)


def test_a_trial_that_is_surely_better_wins_with_its_answers() -> None:
    folds = folds_of("binary", 2)
    found = confirmed(BAD, GOOD, folds)
    assert (found.record.best, found.candidate.parameters) == (1, GOOD)
    assert (found.record.certainty or 0) >= SURE
    assert found.validation is not None
    assert (found.validation.raw[0] == folds.validate(found.candidate, seed=0).raw[0]).all()


@pytest.mark.parametrize("best", [BAD, {**GOOD, "reg_lambda": 0.0001}])
def test_where_no_trial_is_surely_better_the_candidate_stays_as_it_is(best: dict[str, object]) -> None:
    folds = folds_of("binary", 2)
    found = confirmed(GOOD, best, folds)
    assert (found.record.best, found.candidate.parameters) == (0, GOOD)
    assert (found.record.certainty or 0) < SURE
    assert found.validation is not None


@pytest.mark.parametrize("others", [1, 4, 13])
def test_the_best_of_many_is_by_chance_as_rarely_taken_as_the_only_one(others: int) -> None:
    trials = [trial(number, n=number) for number in range(others + 1)]
    asked = asked_certainty(record(*trials))
    # As many independent trials that are as good as the candidate: each is that certain by chance.
    assert asked**others == pytest.approx(SURE, abs=0.001)


def test_answers_that_the_search_kept_are_not_computed_again() -> None:
    folds = folds_of("binary", 2)
    candidate = CandidateDefinition(
        algorithm="lightgbm", parameters=BAD, search={"n_estimators": [20, 30], "num_leaves": [8]}
    )
    search = Search(
        name="x",
        candidate=candidate,
        folds=folds,
        definition=SearchDefinition(engine="grid"),
        trials=3,
        metric=folds.task.metric(None),
        wishes=Wishes(),
        seed=0,
    )
    nothing_to_fit = replace(folds, folds=[])
    found = confirm(
        search.run(lambda _: None), candidate, nothing_to_fit, metric=search.metric, wishes=Wishes(), seed=0
    )
    assert (found.record.best or 0) > 0
    assert (found.record.certainty or 0) >= SURE


def test_where_the_candidate_itself_fails_any_trial_is_better() -> None:
    found = confirmed(GOOD, BAD, folds_of("binary", 2), failed=True)
    assert (found.record.best, found.record.certainty) == (1, None)


def test_a_search_that_chose_the_candidate_itself_needs_no_second_look() -> None:
    folds = folds_of("binary", 2)
    found = confirmed(GOOD, BAD, folds)
    own = replace(found, record=msgspec.structs.replace(found.record, certainty=None))
    again = confirm(own, found.candidate, folds, metric=folds.task.metric(None), wishes=Wishes(), seed=0)
    assert again == own
