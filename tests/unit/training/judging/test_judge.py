"""The judge chooses by validation, and lets the holdout decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.errors import EmptyWindow, NoCandidate
from keepfit.evaluation.metrics.roc_auc import roc_auc
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.tasks.spec import BINARY, TaskSpec
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.comparison import ChampionScores
from keepfit.training.judging.evidence import Answers, CandidateTrial
from keepfit.training.judging.judge import judge
from keepfit.training.judging.judgement import Failure, Judgement

TASK = training_task_of(BINARY)
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.random(2000) < 0.3


def scores(strength: float, seed: int = 0) -> np.ndarray:
    """Better with more strength; all within (0, 1)."""
    noise = np.random.default_rng(seed).normal(size=len(LABELS))
    return 1 / (1 + np.exp(-(strength * LABELS + noise)))


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A candidate, and what it would answer of the holdout."""

    trial: CandidateTrial
    answers: Answers = field(default_factory=Answers)


def scored(name: str, strength: float, **changes: Any) -> Candidate:
    """One whose validation says what is true of it, unless ``changes`` say otherwise."""
    found = scores(strength)
    answers = {"served": found, "native": found}
    answers |= {key: changes.pop(key) for key in ("served", "native", "task") if key in changes}
    trial = {"name": name, "validation": roc_auc(LABELS, found), **changes}
    return Candidate(trial=CandidateTrial(**trial), answers=Answers(**answers))


def untrained(name: str, fault: str) -> Candidate:
    return Candidate(trial=CandidateTrial(name=name, fault=fault))


def decided(
    *candidates: Candidate,
    champion: ChampionScores | None = None,
    labels: np.ndarray = LABELS,
    asked: list[str] | None = None,
    **gates: Any,
) -> Judgement:
    """The judgement; ``asked`` are those whose answers it wanted to see."""
    answers, asked = {each.trial.name: each.answers for each in candidates}, [] if asked is None else asked

    def ask(name: str) -> Answers:
        asked.append(name)
        return answers[name]

    trials = [each.trial for each in candidates]
    return judge(labels, trials, ask, champion, GatesDefinition(**gates), task=TASK, seed=0)


def test_without_a_champion_the_best_that_passes_wins() -> None:
    judgement = decided(scored("weak", 0.5), scored("strong", 1.5))
    assert judgement.winner == "strong"
    assert judgement.champion is None
    assert judgement.evaluations[1].gain is None
    assert judgement.reason.startswith("strong, best of 2 by validation, has roc_auc 0.8")
    assert judgement.reason.endswith("on the holdout; there is no champion to compare with")


def test_who_is_best_by_validation_is_asked_on_the_holdout_and_nobody_else() -> None:
    asked: list[str] = []
    modest = scored("modest", 0.8, validation=0.9)
    judgement = decided(scored("good", 1.5), modest, scored("weak", 0.5), asked=asked)
    assert (judgement.winner, asked) == ("modest", ["modest"])
    assert [each.metric is None for each in judgement.evaluations] == [True, False, True]
    assert [each.failed for each in judgement.evaluations] == [[], [], []]
    assert judgement.chosen is not None
    assert judgement.chosen.metric == roc_auc(LABELS, scores(0.8))


def test_where_the_holdout_speaks_against_who_was_chosen_no_other_takes_its_place() -> None:
    asked: list[str] = []
    judgement = decided(
        scored("lucky", 0.5, validation=0.99), scored("good", 1.5), min_value=0.7, asked=asked
    )
    assert (judgement.winner, asked) == (None, ["lucky"])
    assert judgement.reason.startswith("lucky, best of 2 by validation, is not released: roc_auc 0.6")


def test_who_could_not_be_validated_is_chosen_last() -> None:
    blind = scored("blind", 3.0, validation=None)
    assert decided(blind, scored("weak", 0.5)).winner == "weak"
    assert decided(blind).winner == "blind"


@pytest.mark.parametrize(("name", "better"), [("roc_auc", 0.8), ("log_loss", 0.2)])
def test_better_is_what_the_metric_says(name: str, better: float) -> None:
    one, other = scored("one", 1.5, validation=0.5), scored("other", 1.5, validation=better)
    assert decided(one, other, metric=name).chosen == decided(other, one, metric=name).chosen


def test_the_best_constant_is_measured_beside_whoever_is_chosen() -> None:
    judgement = decided(scored("b", 1.0))
    constant = judgement.baseline
    assert constant is not None
    assert constant.metric == 0.5
    assert judgement.chosen is not None
    assert judgement.chosen.metric is not None
    assert constant.gain == pytest.approx(judgement.chosen.metric - 0.5)
    assert 0 < constant.gain_interval[0] < constant.gain < constant.gain_interval[1]


def test_a_better_challenger_wins_and_says_by_how_much() -> None:
    champion = ChampionScores(version=3, served=scores(0.5))
    judgement = decided(scored("boosting", 1.5), champion=champion)
    (evaluation,) = judgement.evaluations
    assert judgement.winner == "boosting"
    assert evaluation.metric is not None
    assert evaluation.gain is not None
    assert evaluation.interval is not None
    assert evaluation.gain_interval is not None
    assert evaluation.interval[0] < evaluation.metric < evaluation.interval[1]
    assert 0 < evaluation.gain_interval[0] < evaluation.gain < evaluation.gain_interval[1]
    assert judgement.champion is not None
    assert judgement.champion.metric == pytest.approx(evaluation.metric - evaluation.gain)


def test_a_challenger_that_gains_too_little_leaves_the_champion() -> None:
    champion = ChampionScores(version=3, served=scores(1.5))
    judgement = decided(scored("boosting", 1.4), champion=champion)
    assert judgement.winner is None
    assert [failure.gate for failure in judgement.evaluations[0].failed] == ["min_gain"]
    assert judgement.reason.startswith("boosting is not released: roc_auc")


def test_a_gain_that_may_be_chance_leaves_the_champion() -> None:
    """The champion's noise is another, so a small gain is not certain."""
    champion = ChampionScores(version=3, served=scores(1.45, seed=1))
    judgement = decided(scored("b", 1.5), champion=champion)
    (evaluation,) = judgement.evaluations
    assert evaluation.gain is not None
    assert evaluation.gain > 0
    assert evaluation.gain_certainty is not None
    assert 0.5 < evaluation.gain_certainty < 0.9
    assert [failure.gate for failure in evaluation.failed] == ["certainty"]
    assert "certain to be enough; more than +0.0000 is asked, with a certainty of 90%" in judgement.reason
    assert decided(scored("b", 1.5), champion=champion, certainty=0.5).winner == "b"
    assert decided(scored("b", 1.5), champion=champion, certainty=0).winner == "b"


def test_certainty_is_the_share_of_resamples_that_gain_enough() -> None:
    champion = ChampionScores(version=3, served=scores(0.5))
    gain = decided(scored("b", 1.0), champion=champion).evaluations[0].gain or 0.0
    asked = (decided(scored("b", 1.0), champion=champion, min_gain=least) for least in (0.0, gain, 2 * gain))
    found = [judgement.evaluations[0].gain_certainty for judgement in asked]
    assert found == [1.0, pytest.approx(0.5, abs=0.15), 0.0]


def test_the_gain_that_is_asked_is_the_definitions() -> None:
    champion = ChampionScores(version=3, served=scores(1.5))
    assert decided(scored("b", 1.6), champion=champion).winner == "b"
    assert decided(scored("b", 1.6), champion=champion, min_gain=0.05).winner is None
    assert decided(scored("b", 1.4), champion=champion, min_gain=-0.05).winner == "b"


def test_the_champion_trained_again_is_no_better_and_is_not_released() -> None:
    champion = ChampionScores(version=3, served=scores(1.5))
    assert decided(scored("b", 1.5), champion=champion).winner is None


def test_a_metric_below_the_least_value_does_not_pass() -> None:
    judgement = decided(scored("b", 0.5), min_value=0.9)
    assert judgement.winner is None
    assert "is below 0.9000" in judgement.evaluations[0].failed[0].reason


def test_an_export_that_answers_otherwise_does_not_pass_however_good_it_is() -> None:
    broken = scored("best", 3.0, max_difference=0.4, flipped_labels=954)
    judgement = decided(broken, scored("good", 1.0))
    assert judgement.winner == "good"
    (failure,) = judgement.evaluations[0].failed
    assert failure.gate == "parity"
    assert "differs by up to 0.4 and flips 954 labels" in failure.reason


def test_one_flipped_label_is_one_too_many_even_within_a_loose_tolerance() -> None:
    flipping = scored("b", 1.0, max_difference=0.005, flipped_labels=1)
    assert decided(flipping, parity_tolerance=0.01).winner is None
    assert decided(flipping, parity_tolerance=0.01, max_flipped_labels=1).winner == "b"


def test_serving_that_answers_otherwise_than_training_is_refused_with_the_row() -> None:
    served = scores(1.0)
    served[17] = 1 - served[17]
    judgement = decided(scored("skewed", 1.0, served=served))
    (failure,) = judgement.evaluations[0].failed
    assert failure.gate == "serving_parity"
    assert "1 of 2000 holdout rows" in failure.reason
    assert "most in row 17" in failure.reason


def test_rounding_between_training_and_serving_is_no_skew() -> None:
    native = scores(1.0)
    assert decided(scored("b", 1.0, served=native.astype(np.float32).astype(np.float64))).winner == "b"


@pytest.mark.parametrize("native", [None, np.zeros(3)])
def test_without_comparable_native_scores_nobody_passes(native: np.ndarray | None) -> None:
    (evaluation,) = decided(scored("b", 1.0, native=native)).evaluations
    assert evaluation.failed[0].gate == "serving_parity"


def test_a_candidate_that_was_not_trained_says_why_and_the_others_go_on() -> None:
    fault = "MemoryError: killed"
    judgement = decided(untrained("forest", fault), scored("boosting", 1.0))
    assert judgement.winner == "boosting"
    assert judgement.evaluations[0].failed == [Failure(gate="trained", reason=fault)]
    assert judgement.evaluations[0].metric is None


def test_when_nobody_was_trained_there_is_no_candidate() -> None:
    fault = "MemoryError: killed"
    with pytest.raises(NoCandidate, match="forest: MemoryError: killed"):
        decided(untrained("forest", fault), untrained("boosting", fault))


def test_a_champion_that_cannot_answer_the_new_definition_is_not_compared() -> None:
    champion = ChampionScores(version=3, note="cannot answer")
    judgement = decided(scored("b", 0.5), champion=champion)
    assert judgement.winner == "b"
    assert judgement.left_to_person == "version 3 serves and cannot be compared with it: cannot answer"
    assert judgement.reason.endswith("cannot answer; a person decides")
    assert judgement.champion is not None
    assert (judgement.champion.metric, judgement.champion.note) == (None, "cannot answer")


def test_both_are_measured_on_the_rows_that_both_can_answer() -> None:
    compared = np.arange(len(LABELS)) % 4 > 0
    served = np.where(compared, scores(1.0, seed=1), np.nan)
    champion = ChampionScores(
        version=3, served=served, compared=compared, left_out={"temp must not be null": 500}
    )
    judgement = decided(scored("b", 1.5), champion=champion)
    (evaluation,) = judgement.evaluations
    fair = roc_auc(LABELS[compared], scores(1.5)[compared]) - roc_auc(LABELS[compared], served[compared])
    assert evaluation.gain == pytest.approx(fair)
    assert evaluation.metric == roc_auc(LABELS, scores(1.5))
    assert judgement.champion is not None
    assert (judgement.champion.rows, judgement.champion.left_out) == (1500, {"temp must not be null": 500})
    assert "on the 1,500 rows that can be compared (500 rows: temp must not be null)" in judgement.reason
    assert judgement.left_to_person is None


@pytest.mark.parametrize(
    ("of_each_class", "told"),
    [
        ((9, 10), "19 labelled rows, and gates.minimum_holdout_rows is 20"),
        ((4, 200), "of_each_class is 5"),
    ],
)
def test_too_few_rows_that_can_be_compared_leave_the_winner_to_a_person(
    of_each_class: tuple[int, int], told: str
) -> None:
    compared = np.zeros(len(LABELS), dtype=np.bool_)
    compared[np.flatnonzero(LABELS)[: of_each_class[0]]] = True
    compared[np.flatnonzero(~LABELS)[: of_each_class[1]]] = True
    champion = ChampionScores(version=3, served=scores(3.0), compared=compared, left_out={"unfair": 1})
    judgement = decided(scored("b", 1.5), champion=champion)
    assert judgement.winner == "b"
    assert judgement.evaluations[0].gain is None
    assert told in (judgement.left_to_person or "")
    assert "(1 rows: unfair)" in (judgement.left_to_person or "")


def test_without_a_winner_nothing_is_left_to_a_person() -> None:
    judgement = decided(scored("b", 0.5), champion=ChampionScores(version=3, note="x"), min_value=0.99)
    assert (judgement.winner, judgement.left_to_person) == (None, None)


def test_noise_is_not_released() -> None:
    lucky = next(seed for seed in range(100) if 0.503 < roc_auc(LABELS, scores(0.0, seed)) < 0.515)
    noise = scores(0.0, lucky)
    judgement = decided(scored("b", 0.0, served=noise, native=noise))
    assert judgement.winner is None
    assert [failure.gate for failure in judgement.evaluations[0].failed] == ["better_than_constant"]
    assert "may be chance" in judgement.reason


def test_of_many_tables_of_noise_hardly_any_is_released() -> None:
    """The best of several by validation is as good as any of them on a holdout that chose nothing."""
    random, released = np.random.default_rng(0), 0
    for _ in range(100):
        labels = random.random(150) < 0.3
        tries = [
            scored(name, 0.0, served=noise, native=noise, validation=float(random.random()))
            for name in "abc"
            if (noise := random.random(150)) is not None
        ]
        released += decided(*tries, labels=labels).winner is not None
    assert released <= 5


def test_between_equals_the_first_wins() -> None:
    assert decided(scored("b", 1.0), scored("a", 1.0)).winner == "b"


def test_a_holdout_with_one_label_judges_nobody() -> None:
    with pytest.raises(EmptyWindow, match="same label"):
        decided(scored("b", 1.0, served=np.ones(3), native=np.ones(3)), labels=np.ones(3, dtype=np.bool_))


@pytest.mark.parametrize(("true", "soft"), [(29, True), (30, False)])
def test_a_holdout_with_few_rows_of_a_class_says_that_its_figures_are_soft(true: int, soft: bool) -> None:
    labels = np.arange(200) < true
    served = np.where(labels, 0.9, 0.1)
    judgement = decided(scored("b", 1.0, served=served, native=served), labels=labels)
    assert judgement.winner == "b"
    assert (judgement.soft is not None) == soft
    if judgement.soft:
        assert judgement.soft.startswith("the holdout has 29 rows of true, so its figures are soft")


def test_the_same_evidence_gives_the_same_judgement_to_the_byte() -> None:
    champion = ChampionScores(version=3, served=scores(0.5))
    first, again = (
        msgspec.json.encode(decided(scored("b", 1.0), champion=champion), order="deterministic")
        for _ in range(2)
    )
    assert first == again


def test_each_decides_by_its_own_threshold_and_the_champion_by_its() -> None:
    careful, half = (
        training_task_of(TaskSpec(kind="binary", threshold=threshold)) for threshold in (0.3, None)
    )
    same = scores(1.0)
    champion = ChampionScores(version=3, served=same, task=careful)
    judgements = {
        name: decided(scored(name, 1.0, task=own), champion=champion, metric="accuracy")
        for name, own in (("careful", careful), ("half", half))
    }
    by_careful, by_half = (judgements[name].chosen for name in ("careful", "half"))
    assert by_careful is not None
    assert by_half is not None
    assert by_half.metric == pytest.approx(np.mean((same >= 0.5) == LABELS))
    assert by_careful.metric == pytest.approx(np.mean((same >= 0.3) == LABELS))
    assert by_careful.gain == 0.0
    shown = judgements["half"].champion
    assert shown is not None
    assert shown.metric == by_careful.metric


def test_less_is_better_where_the_metric_says_so() -> None:
    def like(name: str, strength: float) -> Candidate:
        shares = 0.3 + strength * (LABELS - 0.3)
        brier = float(np.mean((shares - LABELS) ** 2))
        return scored(name, strength, served=shares, native=shares, validation=brier)

    champion = ChampionScores(version=3, served=0.3 + 0.2 * (LABELS - 0.3))
    judgement = decided(like("weak", 0.1), like("strong", 0.4), champion=champion, metric="brier")
    assert judgement.winner == "strong"
    strong = judgement.chosen
    assert strong is not None
    assert strong.gain is not None
    assert strong.gain > 0
    refused = decided(like("strong", 0.4), metric="brier", min_value=0.01)
    assert "is above 0.0100" in refused.evaluations[0].failed[0].reason
