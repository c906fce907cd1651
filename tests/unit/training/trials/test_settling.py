"""What a candidate's answers are made of, from the definition to the exported model and its signature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keepfit.evaluation.tasks.wishes import Cost, DecisionDefinition, Wishes
from keepfit.training.definition import CandidateDefinition, GatesDefinition
from keepfit.training.trials import trial as trials
from keepfit.training.trials.trial import Trial, TrialData, try_candidate
from tests.unit.training.support.tables import rows, task_of


def tried(kind: str, algorithm: str, wishes: Wishes, *, count: int = 4000, **parameters: Any) -> Trial:
    data = TrialData(
        task=task_of(kind), train=rows(count, kind=kind), holdout=rows(2000, seed=1, kind=kind), by_time=False
    )
    return try_candidate(
        "a",
        CandidateDefinition(algorithm=algorithm, parameters=parameters),
        data=data,
        gates=GatesDefinition(),
        seed=0,
        tell=lambda _: None,
        wishes=wishes,
    )


def decided(**decision: Any) -> Trial:
    return tried("binary", "logistic_regression", Wishes(decision=DecisionDefinition(**decision)))


def test_a_threshold_that_is_written_is_the_models() -> None:
    trial = decided(threshold=0.3)
    assert trial.spec.threshold == 0.3
    assert trial.report.answers == {"kind": "binary", "threshold": 0.3}


def test_the_threshold_of_the_best_f1_decides_better_than_one_half() -> None:
    best, half = decided(maximize="f1"), tried("binary", "logistic_regression", Wishes())
    assert half.spec.threshold is None
    assert best.report.metrics["f1"] > half.report.metrics["f1"] + 0.03
    assert best.report.settled_on_rows == pytest.approx(800, abs=2)


def test_what_costs_more_is_avoided() -> None:
    careful = decided(cost=Cost(false_positive=1, false_negative=20))
    reluctant = decided(cost=Cost(false_positive=20, false_negative=1))
    assert careful.spec.threshold is not None
    assert reluctant.spec.threshold is not None
    assert careful.spec.threshold < 0.15
    assert reluctant.spec.threshold > 0.5
    assert careful.report.metrics["decided_rate"] > 0.5
    assert reluctant.report.metrics["decided_rate"] < 0.05


@pytest.mark.parametrize("algorithm", ["logistic_regression", "hist_gradient_boosting", "random_forest"])
def test_probabilities_that_weights_moved_are_true_odds_again_in_the_exported_model(algorithm: str) -> None:
    plain, corrected = (
        tried("binary", algorithm, Wishes(calibration=calibration), class_weight="balanced")
        for calibration in ("none", None)
    )
    assert plain.report.calibration is None
    assert corrected.report.calibration is not None
    assert corrected.report.metrics["log_loss"] < plain.report.metrics["log_loss"] - 0.05
    rate = corrected.report.metrics["label_rate"]
    assert corrected.report.metrics["mean_score"] == pytest.approx(rate, abs=0.03)
    assert (corrected.report.parity.max_difference < 1e-5, corrected.report.parity.flipped_labels) == (
        True,
        0,
    )


def test_a_calibration_that_rounding_shows_in_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    compare, asked = trials.compare, []

    def strict(fitted: Any, *args: Any, **options: Any) -> Any:
        asked.append(type(fitted).__name__)
        parity = compare(fitted, *args, **options)
        return (
            parity if len(asked) > 1 else type(parity)(rows=1, max_difference=1.0, flipped_labels=3, worst=[])
        )

    monkeypatch.setattr(trials, "compare", strict)
    trial = tried("binary", "logistic_regression", Wishes(calibration="sigmoid"))
    assert asked == ["Calibrated", "FittedEstimator"]
    assert trial.report.calibration is None
    assert trial.report.parity.max_difference < 1e-6


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_hold_as_many_rows_of_the_holdout_as_declared(level: float) -> None:
    trial = tried("regression", "ridge", Wishes(interval=level))
    assert trial.spec.interval is not None
    assert trial.spec.interval.coverage == pytest.approx(level, abs=0.04)
    assert trial.report.metrics["interval_coverage"] == trial.spec.interval.coverage
    assert trial.report.metrics["interval_width"] > 0


def test_wider_intervals_hold_more() -> None:
    narrow, wide = (tried("regression", "ridge", Wishes(interval=level)) for level in (0.5, 0.99))
    assert narrow.report.metrics["interval_width"] < wide.report.metrics["interval_width"]


def test_with_too_few_rows_to_choose_by_nothing_is_chosen() -> None:
    wishes = Wishes(decision=DecisionDefinition(maximize="f1"), calibration="isotonic")
    trial = tried("binary", "logistic_regression", wishes, count=150)
    assert (trial.spec.threshold, trial.report.calibration, trial.report.settled_on_rows) == (None, None, 0)


def test_the_same_rows_and_seed_settle_the_same() -> None:
    wishes = Wishes(decision=DecisionDefinition(maximize="f1"), calibration="isotonic")
    first, again = (tried("binary", "random_forest", wishes, n_estimators=10) for _ in range(2))
    assert (first.model, first.spec) == (again.model, again.spec)
    assert np.array_equal(first.scores, again.scores)
