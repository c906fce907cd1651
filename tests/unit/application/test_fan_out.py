"""Rounds are planned by a candidate's own trials, and a worker is started only where there is a trial for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keepfit.application.fan_out import fan_out
from keepfit.training.definition import CandidateDefinition
from keepfit.training.runs.execution_limits import MAX_CANDIDATES
from keepfit.training.search_definition import MAX_TRIALS, MAX_WORKERS, SearchDefinition

STEPS, TREES = (CandidateDefinition(algorithm=name) for name in ("lightgbm", "xgboost"))
CANDIDATES = {"steps": STEPS, "trees": TREES, "none": CandidateDefinition(algorithm="dummy")}


def planned(search: SearchDefinition | None, rows: int = 1_000) -> dict[str, Any]:
    items = fan_out(list(CANDIDATES), CANDIDATES, search, estimator="classifier", rows=rows)
    return {item["name"]: [len(each["workers"]) for each in item["rounds"]] for item in items}


@pytest.mark.parametrize("search", [None, SearchDefinition(workers=1)])
def test_one_task_measures_its_rounds_itself(search: SearchDefinition | None) -> None:
    assert planned(search) == {"steps": [], "trees": [], "none": []}


def test_a_candidate_has_the_rounds_of_its_share_of_the_trials() -> None:
    # 13 trials each: rounds of 5, 5 and 3; what has nothing to search has none.
    assert planned(SearchDefinition(trials=26, workers=8)) == {
        "steps": [5, 5, 3],
        "trees": [5, 5, 3],
        "none": [],
    }
    assert planned(SearchDefinition(trials=26, workers=4))["steps"] == [4, 4, 3]


def test_halving_has_further_rounds_with_fewer_trials_where_rows_can_be_sampled() -> None:
    # After 20 trials on an eighth of the rows 6 and the candidate itself on a third, then 2 and that one on all.
    assert planned(SearchDefinition(trials=40, workers=5), rows=40_000)["steps"] == [5, 5, 5, 5, 5, 2, 3]


def test_the_largest_fan_out_fits_well_into_what_a_state_passes_on() -> None:
    many = {f"candidate_{number:02}_with_a_long_name": STEPS for number in range(MAX_CANDIDATES)}
    search = SearchDefinition(trials=MAX_TRIALS, workers=MAX_WORKERS)
    items = fan_out(list(many), many, search, estimator="classifier", rows=1_000_000)
    assert [round_["round"] for round_ in items[0]["rounds"]] == list(range(1, len(items[0]["rounds"]) + 1))
    assert len(json.dumps(items)) < 64 * 1024
