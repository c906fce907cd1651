"""The routing of the alias moves by its rules."""

from __future__ import annotations

import pytest

from keepfit.errors import Superseded
from keepfit.serving.release.routing import Routing, promote, restore, roll_back, start_canary

UNRELEASED = Routing(lambda_version="1")
CHAMPION = Routing(lambda_version="5")
TRIED = Routing(lambda_version="5", canary="6", weight=0.2)
CHALLENGER = Routing(lambda_version="6")


def test_a_canary_answers_a_share_beside_the_champion() -> None:
    assert start_canary(CHAMPION, "6", 0.2) == TRIED


@pytest.mark.parametrize("now", [UNRELEASED, CHALLENGER, Routing(lambda_version="6", canary="7", weight=0.5)])
def test_a_challenger_without_a_champion_to_stand_beside_answers_alone(now: Routing) -> None:
    assert start_canary(now, "6", 0.2) == CHALLENGER


@pytest.mark.parametrize("weight", [1.0, 1.5])
def test_a_canary_of_all_requests_leaves_the_champion_its_place_and_can_be_rolled_back(weight: float) -> None:
    tried = start_canary(CHAMPION, "6", weight)
    assert (tried.lambda_version, tried.canary) == (CHAMPION.lambda_version, "6")
    assert 0 < tried.weight < 1
    assert roll_back(tried, "6") == CHAMPION
    assert promote(tried, "6") == CHALLENGER


def test_a_canary_that_another_run_left_behind_is_replaced() -> None:
    assert start_canary(Routing(lambda_version="5", canary="4", weight=0.2), "6", 0.2) == TRIED


@pytest.mark.parametrize("now", [TRIED, CHALLENGER, UNRELEASED])
def test_a_challenger_that_is_tried_is_promoted_and_stays_so(now: Routing) -> None:
    assert promote(now, "6") == CHALLENGER


@pytest.mark.parametrize("now", [CHAMPION, Routing(lambda_version="5", canary="7", weight=0.2)])
def test_a_challenger_that_is_tried_no_more_is_not_promoted(now: Routing) -> None:
    with pytest.raises(Superseded, match="5 serves"):
        promote(now, "6")


def test_a_challenger_that_is_tried_is_rolled_back() -> None:
    assert roll_back(TRIED, "6") == CHAMPION


@pytest.mark.parametrize(
    "now", [CHAMPION, CHALLENGER, UNRELEASED, Routing(lambda_version="5", canary="7", weight=0.2)]
)
def test_rolling_back_what_is_not_tried_changes_nothing(now: Routing) -> None:
    assert roll_back(now, "6") == now


@pytest.mark.parametrize("now", [TRIED, CHALLENGER, CHAMPION])
def test_restoring_ends_a_canary_too(now: Routing) -> None:
    assert restore(now, "4") == Routing(lambda_version="4")
