"""Settled answers go from the definition to the exported model and its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from keepfit.evaluation.tasks.answer_definition import Cost, DecisionDefinition, Wishes
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.trials import exported
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.trial import Rows, Trial, TrialData, try_candidate
from keepfit.training.trials.validation import Validation
from tests.unit.training.support.tables import rows, task_of

_VALIDATING = 1000


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A trial, and what its model has on rows that chose nothing."""

    trial: Trial
    holdout: Rows

    @property
    def metrics(self) -> dict[str, float]:
        return training_task_of(self.trial.spec).measure(self.holdout.labels, self.trial.scores)


def tried(
    kind: str,
    algorithm: str,
    wishes: Wishes,
    *,
    count: int = 4000,
    validating: int = _VALIDATING,
    chosen: Mapping[str, Any] | None = None,
    **parameters: Any,
) -> Tried:
    """Trains on some rows, settles on others."""
    task, candidate = task_of(kind), CandidateDefinition(algorithm=algorithm, parameters=parameters)
    train, unseen, holdout = (
        rows(n, seed=seed, kind=kind) for seed, n in enumerate((count, validating, 2000))
    )
    raw = [
        fit(
            candidate,
            train.features,
            train.labels,
            task=task,
            code_sizes=train.code_sizes,
            seed=0,
            target=target,
        ).raw(unseen.features)
        for target in task.targets(train.labels)
    ]
    trial = try_candidate(
        "a",
        candidate,
        data=TrialData(
            task=task,
            train=train,
            holdout=holdout.features,
            validation=Validation(
                labels=unseen.labels, raw=raw, parameters=[chosen or {}] * len(raw), folds=1
            ),
        ),
        gates=GatesDefinition(),
        seed=0,
        tell=lambda _: None,
        wishes=wishes,
    )
    return Tried(trial=trial, holdout=holdout)


def decided(**decision: Any) -> Tried:
    return tried("binary", "logistic_regression", Wishes(decision=DecisionDefinition(**decision)))


def test_a_threshold_that_is_written_is_the_models() -> None:
    trial = decided(threshold=0.3).trial
    assert trial.spec.threshold == 0.3
    assert trial.report.answers == {"kind": "binary", "threshold": 0.3}


def test_the_threshold_of_the_best_f1_decides_better_than_one_half() -> None:
    best, half = decided(maximize="f1"), tried("binary", "logistic_regression", Wishes())
    assert half.trial.spec.threshold is None
    assert best.metrics["f1"] > half.metrics["f1"] + 0.03


def test_what_costs_more_is_avoided() -> None:
    careful = decided(cost=Cost(false_positive=1, false_negative=20))
    reluctant = decided(cost=Cost(false_positive=20, false_negative=1))
    assert careful.trial.spec.threshold is not None
    assert reluctant.trial.spec.threshold is not None
    assert careful.trial.spec.threshold < 0.15
    assert reluctant.trial.spec.threshold > 0.5
    assert careful.metrics["decided_rate"] > 0.5
    assert reluctant.metrics["decided_rate"] < 0.05


@pytest.mark.parametrize("algorithm", ["logistic_regression", "hist_gradient_boosting", "random_forest"])
def test_probabilities_that_weights_moved_are_true_odds_again_in_the_exported_model(algorithm: str) -> None:
    plain, corrected = (
        tried("binary", algorithm, Wishes(calibration=calibration), class_weight="balanced")
        for calibration in ("none", None)
    )
    assert plain.trial.report.calibration is None
    assert corrected.trial.report.calibration is not None
    assert corrected.metrics["log_loss"] < plain.metrics["log_loss"] - 0.05
    assert corrected.metrics["mean_score"] == pytest.approx(corrected.metrics["label_rate"], abs=0.03)
    parity = corrected.trial.report.parity
    assert (parity.max_difference < 1e-5, parity.flipped_labels) == (True, 0)


def test_what_validation_chose_of_parameters_is_what_all_rows_are_fitted_with() -> None:
    report = tried("binary", "lightgbm", Wishes(), count=500, chosen={"n_estimators": 7}).trial.report
    assert report.parameters["n_estimators"] == 7
    assert "lightgbm" in report.packages


def test_a_calibration_that_rounding_shows_in_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    compare, asked = exported.compare, []

    def strict(fitted: Any, *args: Any, **options: Any) -> Any:
        asked.append(type(fitted).__name__)
        parity = compare(fitted, *args, **options)
        return (
            parity if len(asked) > 1 else type(parity)(rows=1, max_difference=1.0, flipped_labels=3, worst=[])
        )

    monkeypatch.setattr(exported, "compare", strict)
    wishes = Wishes(calibration="sigmoid", decision=DecisionDefinition(maximize="f1"))
    trial = tried("binary", "logistic_regression", wishes).trial
    assert asked == ["Calibrated", "FittedEstimator"]
    assert trial.report.calibration is None
    assert trial.report.parity.max_difference < 1e-6
    settled = tried("binary", "logistic_regression", replace(wishes, calibration="none")).trial
    assert trial.spec.threshold == settled.spec.threshold


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_hold_as_many_rows_of_the_holdout_as_declared(level: float) -> None:
    found = tried("regression", "ridge", Wishes(interval=level))
    assert found.metrics["interval_coverage"] == pytest.approx(level, abs=0.04)
    assert found.metrics["interval_width"] > 0
    judged = found.trial.spec.judged(found.metrics)
    assert judged.interval is not None
    assert judged.interval.coverage == found.metrics["interval_coverage"]


def test_wider_intervals_hold_more() -> None:
    narrow, wide = (tried("regression", "ridge", Wishes(interval=level)) for level in (0.5, 0.99))
    assert narrow.metrics["interval_width"] < wide.metrics["interval_width"]


def test_with_too_few_rows_to_choose_by_nothing_is_chosen() -> None:
    wishes = Wishes(decision=DecisionDefinition(maximize="f1"), calibration="isotonic")
    trial = tried("binary", "logistic_regression", wishes, count=150, validating=49).trial
    assert (trial.spec.threshold, trial.report.calibration) == (None, None)
    assert trial.report.validation_rows == 49


def test_the_same_rows_and_seed_settle_the_same() -> None:
    wishes = Wishes(decision=DecisionDefinition(maximize="f1"), calibration="isotonic")
    first, again = (tried("binary", "random_forest", wishes, n_estimators=10).trial for _ in range(2))
    assert (first.model, first.spec) == (again.model, again.spec)
    assert np.array_equal(first.scores, again.scores)
