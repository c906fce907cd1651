"""A score shift is told from chance, and is as large as the statistic of its kind says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from keepfit.serving.release.canary import CanaryVerdict
from keepfit.serving.release.score_shift import judge_shift, score_shift
from keepfit.serving.release_definition import ReleaseDefinition
from tests.drawn import examples

PROBABILITY = {"probability": "numbers"}
CLASS = {"class": "categories"}
BOTH = {"class": "categories", "probability": "numbers"}
PROMOTED = CanaryVerdict(verdict="promote", reason="0 of 90 requests failed", requests=90, failures=0)
SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]) | st.floats(0, 1), min_size=1, max_size=60)
CLASSES = st.lists(st.sampled_from(["cat", "dog", 3, True]), min_size=1, max_size=60)


# scipy warns where it can't compute how likely the statistic is, which is not asked here.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@examples(100)
@given(SCORES, SCORES)
def test_numbers_are_as_far_apart_as_kolmogorov_and_smirnov_say(one: list[float], other: list[float]) -> None:
    found = score_shift({"probability": one}, {"probability": other}, PROBABILITY)
    assert found.distance == pytest.approx(ks_2samp(one, other).statistic, abs=1e-12)
    assert (found.champion_rows, found.challenger_rows) == (len(one), len(other))
    assert 0 <= found.certain <= found.distance


@examples(100)
@given(CLASSES, CLASSES)
def test_classes_are_as_far_apart_as_the_share_that_differs_most(one: list[str], other: list[str]) -> None:
    shares, others = Counter(one), Counter(other)
    expected = max(abs(shares[each] / len(one) - others[each] / len(other)) for each in {*one, *other})
    assert score_shift({"class": one}, {"class": other}, CLASS).distance == pytest.approx(expected)


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_hardly_a_canary_is_found_further_away_than_it_is(shift: float) -> None:
    """Uniform scores that are moved by ``shift`` are that far apart."""
    random = np.random.default_rng(5)
    exceeded = 0
    for _ in range(400):
        champion, challenger = random.uniform(size=900), random.uniform(shift, 1 + shift, size=100)
        found = score_shift(
            {"probability": champion.tolist()}, {"probability": challenger.tolist()}, PROBABILITY
        )
        exceeded += found.certain > shift
    assert exceeded <= 2


def test_a_challenger_that_turns_its_answers_round_is_rolled_back() -> None:
    champion = np.random.default_rng(5).beta(1, 8, size=900)
    shift = score_shift(
        {"probability": champion.tolist()}, {"probability": (1 - champion[:90]).tolist()}, PROBABILITY
    )
    verdict = judge_shift(ReleaseDefinition(), shift, PROMOTED)
    assert verdict.verdict == "roll back"
    assert verdict.reason == (
        "0 of 90 requests failed; the probability of 90 answers is 1.00 from that of 900 of the champion, "
        "certainly more than 0.5"
    )
    allowed = judge_shift(ReleaseDefinition(max_score_shift=1.0), shift, PROMOTED)
    assert allowed.verdict == "promote"


def test_of_several_columns_the_one_that_is_certainly_furthest_counts() -> None:
    champion = {"class": ["cat", "dog"] * 100, "probability": [0.5] * 200}
    challenger = {"class": ["cat"] * 200, "probability": [0.5] * 200}
    assert score_shift(champion, challenger, BOTH).column == "class"
    challenger = {"class": ["cat", "dog"] * 100, "probability": [0.9] * 200}
    assert score_shift(champion, challenger, BOTH).column == "probability"


def test_a_few_answers_prove_no_shift() -> None:
    shift = score_shift({"probability": [0.1] * 20}, {"probability": [0.9] * 20}, PROBABILITY)
    assert shift.distance == 1
    assert judge_shift(ReleaseDefinition(), shift, PROMOTED).verdict == "promote"


def test_where_too_little_is_logged_the_reason_says_that_nothing_was_compared() -> None:
    verdict = judge_shift(ReleaseDefinition(), None, PROMOTED)
    assert verdict.verdict == "promote"
    assert verdict.reason.endswith("fewer than 20 of its answers are logged, so scores were not compared")
