"""Every algorithm fits, repeats itself, and is exported to a model that answers like it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from keepfit.errors import EmptyWindow, InvalidDefinition, ParityFailed
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.evaluation.tasks.target import Target
from keepfit.registry.onnx_inspection import admit
from keepfit.serving.inference.onnx_session import Session
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.estimator import FittedEstimator
from keepfit.training.recipes.registry import recipe_of
from keepfit.training.recipes.search_space import corners
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.parity import compare, run
from keepfit.training.trials.report import Parity
from keepfit.training.trials.trial import Rows
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows, task_of

TASK = training_task_of(BINARY)
TOLERANCE = GatesDefinition().parity_tolerance

every_pair = pytest.mark.parametrize(("kind", "algorithm"), PAIRS)
every_boosting = pytest.mark.parametrize("algorithm", ["hist_gradient_boosting", "lightgbm", "xgboost"])


def fitted_to(table: Rows, kind: str, algorithm: str) -> Fitted:
    candidate = CandidateDefinition(algorithm=algorithm)
    return fit(
        candidate, table.features, table.labels, task=task_of(kind), code_sizes=table.code_sizes, seed=0
    )


@cache
def learned(kind: str, algorithm: str) -> tuple[Fitted, bytes]:
    """Fitted to 2,000 rows, and its export."""
    fitted = fitted_to(rows(2000, kind=kind), kind, algorithm)
    return fitted, fitted.to_onnx()


@cache
def unseen(kind: str) -> Rows:
    return rows(1500, seed=1, kind=kind)


def parity_of(fitted: Fitted, model: bytes, features: Matrix, kind: str) -> Parity:
    task = task_of(kind).serving
    return compare(fitted, model, features, task=task, code_sizes=CODE_SIZES, tolerance=TOLERANCE, seed=0)


@every_pair
def test_the_same_rows_and_seed_give_the_same_model_to_the_byte(kind: str, algorithm: str) -> None:
    assert fitted_to(rows(2000, kind=kind), kind, algorithm).to_onnx() == learned(kind, algorithm)[1]


@pytest.mark.parametrize(("kind", "algorithm"), [pair for pair in PAIRS if pair[1] != "dummy"])
def test_every_algorithm_learns(kind: str, algorithm: str) -> None:
    labels, metric = unseen(kind).labels, task_of(kind).metric(None)
    outputs = learned(kind, algorithm)[0].predict(unseen(kind).features)
    constant = metric.value(labels, metric.constant(labels, outputs))
    assert metric.gain(metric.value(labels, outputs), constant) > 0.05 * constant


@pytest.mark.parametrize(
    ("kind", "expected"), [("binary", "shares"), ("multiclass", "shares"), ("regression", "mean")]
)
def test_the_dummy_answers_what_it_learned_whatever_the_row(kind: str, expected: str) -> None:
    labels, fitted = rows(2000, kind=kind).labels, learned(kind, "dummy")[0]
    raw = fitted.raw(unseen(kind).features)
    known = labels.mean() if expected == "mean" else np.bincount(labels.astype(int)) / len(labels)
    assert raw == pytest.approx(np.tile(known, (1500, 1)))


@every_pair
def test_an_export_answers_like_its_estimator_on_holdout_and_adversarial_rows(
    kind: str, algorithm: str
) -> None:
    parity = parity_of(*learned(kind, algorithm), unseen(kind).features, kind)
    assert parity.rows > 1500
    assert parity.max_difference < 1e-6
    assert parity.flipped_labels == 0
    assert parity.worst == []


@every_pair
def test_an_export_is_what_serving_reads(kind: str, algorithm: str) -> None:
    (fitted, model), serving = learned(kind, algorithm), task_of(kind).serving
    session = Session(model, serving.onnx_outputs)
    admit(model)
    assert session.columns == 5
    expected = fitted.predict(unseen(kind).features)
    assert serving.read(session.run(unseen(kind).features)) == pytest.approx(expected, abs=1e-6, rel=1e-6)


@every_pair
def test_a_column_that_is_never_known_in_training_does_no_harm(kind: str, algorithm: str) -> None:
    table = rows(500, kind=kind)
    table.features[:, 4] = np.nan
    fitted = fitted_to(table, kind, algorithm)
    assert parity_of(fitted, fitted.to_onnx(), unseen(kind).features[:500], kind).max_difference < 1e-6


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [(kind, algorithm) for kind, algorithm in PAIRS if recipe_of(algorithm).search(task_of(kind))],
)
def test_the_ends_of_what_a_search_may_try_are_fitted_and_exported_exactly(kind: str, algorithm: str) -> None:
    table = rows(300, kind=kind)
    for parameters in corners(recipe_of(algorithm).search(task_of(kind))):
        candidate = CandidateDefinition(algorithm=algorithm, parameters=parameters)
        fitted = fit(
            candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0
        )
        assert parity_of(fitted, fitted.to_onnx(), unseen(kind).features[:200], kind).max_difference < 1e-5


def test_one_label_alone_teaches_nothing() -> None:
    table = rows(100)
    with pytest.raises(EmptyWindow, match="0 of them true"):
        fit(
            CandidateDefinition(algorithm="logistic_regression"),
            table.features,
            np.zeros(100, dtype=np.bool_),
            task=TASK,
            code_sizes=CODE_SIZES,
            seed=0,
        )


@pytest.mark.parametrize("parameters", [{"depth": 3}, {"max_leaf_nodes": -1}])
def test_a_parameter_that_the_algorithm_does_not_take_is_named(parameters: dict[str, int]) -> None:
    table = rows(100)
    candidate = CandidateDefinition(algorithm="random_forest", parameters=dict(parameters))
    with pytest.raises(InvalidDefinition, match=next(iter(parameters))):
        fit(candidate, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)


def test_parameters_of_the_definition_replace_the_defaults() -> None:
    table = rows(500)
    few = CandidateDefinition(algorithm="random_forest", parameters={"n_estimators": 3})
    fitted = fit(few, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)
    assert len(fitted.estimator.named_steps["forest"].estimators_) == 3


@pytest.mark.parametrize("broken", ["categorical boosting", "forest with missing numbers"])
def test_a_conversion_that_succeeds_and_is_wrong_is_found(broken: str) -> None:
    table, unseen = rows(5000), rows(1000, seed=1).features
    if broken == "categorical boosting":
        estimator = HistGradientBoostingClassifier(categorical_features=[0, 1], random_state=0)
    else:
        estimator = RandomForestClassifier(n_estimators=20, max_leaf_nodes=50, random_state=0)
    fitted = FittedEstimator(
        estimator=estimator.fit(table.features, table.labels), columns=5, task=TASK, target=Target()
    )
    parity = compare(
        fitted,
        fitted.to_onnx(),
        unseen,
        task=TASK.serving,
        code_sizes=CODE_SIZES,
        tolerance=TOLERANCE,
        seed=0,
    )
    assert parity.max_difference > 0.01
    assert parity.flipped_labels > 0
    worst = parity.worst[0]
    assert len(worst.features) == 5
    assert worst.native is not None
    assert worst.exported is not None
    assert abs(worst.native - worst.exported) == parity.max_difference


@every_boosting
def test_a_threshold_between_two_neighbouring_float32_numbers_parts_them_in_the_export(
    algorithm: str,
) -> None:
    """Only a row exactly there tells the difference."""
    random = np.random.default_rng(0)
    low = np.float32(1.0000001)
    high = np.nextafter(low, np.float32(2))
    features = np.where(random.random(2000) < 0.5, low, high).reshape(-1, 1).astype(np.float32)
    fitted = fit(
        CandidateDefinition(algorithm=algorithm),
        features,
        features[:, 0] > low,
        task=TASK,
        code_sizes={},
        seed=0,
    )
    model = fitted.to_onnx()
    parity = compare(fitted, model, features, task=TASK.serving, code_sizes={}, tolerance=TOLERANCE, seed=0)
    assert parity.max_difference < 1e-6
    assert fitted.predict(np.array([[low]]))[0] < 0.1
    assert run(model, np.array([[high]]), TASK.serving)[0] > 0.9


def test_bytes_that_do_not_run_are_refused() -> None:
    with pytest.raises(ParityFailed, match="does not run"):
        run(b"no model", rows(2).features, TASK.serving)


def test_a_forest_of_any_number_of_rows_exports_to_less_than_ten_megabytes() -> None:
    table = rows(5000)
    bushy = CandidateDefinition(algorithm="random_forest", parameters={"min_samples_leaf": 1})
    fitted = fit(bushy, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)
    leaves = {tree.tree_.n_leaves for tree in fitted.estimator.named_steps["forest"].estimators_}
    assert leaves == {300}  # as many as a tree may have: more rows make no more
    assert len(fitted.to_onnx()) < 10_000_000
