"""The target of a candidate is the one whose model is best on rows that it did not see."""

from __future__ import annotations

import numpy as np
import pytest

from keepfit.evaluation.tasks.target import Target, logarithm
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.targets import choose_target
from keepfit.training.trials.trial import Rows, TrialData, try_candidate
from keepfit.training.trials.validation import Validation
from tests.unit.training.support.tables import task_of

TASK = task_of("regression")
_NOISE = 0.8
RIDGE = CandidateDefinition(algorithm="ridge")


def amounts(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Amounts that are products of what they depend on: logarithms of them are straight lines."""
    random = np.random.default_rng(seed)
    features = random.normal(0, 1, (rows, 3)).astype(np.float32)
    return features, np.exp(7 + features @ [0.5, 0.3, -0.2] + random.normal(0, _NOISE, rows))


def chosen(metric: str, features: np.ndarray, labels: np.ndarray) -> Target:
    seen = int(0.8 * len(labels))

    def raw_of(target: Target) -> np.ndarray:
        fitted = fit(RIDGE, features[:seen], labels[:seen], task=TASK, code_sizes={}, seed=0, target=target)
        return fitted.raw(features[seen:])

    targets = TASK.targets(labels)
    target, _ = choose_target(
        targets,
        labels[seen:],
        [raw_of(each) for each in targets],
        read=TASK.serving.read,
        metric=TASK.metric(metric),
    )
    return target


def test_products_are_learned_by_their_logarithm_and_sums_are_not() -> None:
    features, labels = amounts(2000)
    assert chosen("mae", features, labels).is_logarithm
    assert not chosen("mae", features, np.log(labels)).is_logarithm
    skewed = np.exp(np.random.default_rng(1).normal(0, 1, 2000))
    assert not chosen("rmse", skewed[:, None].astype(np.float32), 10 * skewed + 5).is_logarithm


def test_predictions_of_means_are_larger_than_those_of_medians() -> None:
    features, labels = amounts(10_000)
    of_means, of_medians = chosen("rmse", features, labels), chosen("mape", features, labels)
    assert of_means.factor / of_medians.factor == pytest.approx(np.exp(_NOISE**2 / 2), rel=0.15)


@pytest.mark.parametrize("algorithm", ["ridge", "lightgbm"])
def test_a_model_that_learns_a_multiplied_target_predicts_as_many_times_as_much(algorithm: str) -> None:
    features, labels = amounts(500)
    target = logarithm(labels)
    plain, multiplied = (
        fit(
            CandidateDefinition(algorithm=algorithm, parameters={}),
            features,
            labels,
            task=TASK,
            code_sizes={},
            seed=0,
            target=each,
        ).predict(features)
        for each in (target, target.multiplied(1.3))
    )
    assert multiplied == pytest.approx(1.3 * plain)


def test_the_logarithm_is_within_the_exported_model() -> None:
    train, holdout = (Rows(features=f, labels=y, code_sizes={}) for f, y in (amounts(2000), amounts(500, 1)))
    features, labels = amounts(500, 2)
    raw = [
        fit(RIDGE, train.features, train.labels, task=TASK, code_sizes={}, seed=0, target=each).raw(features)
        for each in TASK.targets(train.labels)
    ]
    trial = try_candidate(
        "a",
        RIDGE,
        data=TrialData(
            task=TASK,
            train=train,
            holdout=holdout.features,
            validation=Validation(labels=labels, raw=raw, parameters=[{}, {}], folds=1),
        ),
        gates=GatesDefinition(metric="mae"),
        seed=0,
        tell=lambda _: None,
    )
    assert trial.report.target is not None
    assert trial.report.target["is_logarithm"]
    assert (trial.scores > 0).all()
    assert trial.report.parity.max_difference < 1e-6
    assert TASK.metric("mape").value(holdout.labels, trial.scores) < 1.1
