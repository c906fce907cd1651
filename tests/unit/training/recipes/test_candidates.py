"""Every algorithm fits, repeats itself, and is exported to a model that answers like it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from keepfit.errors import EmptyWindow, InvalidDefinition, ParityFailed
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.evaluation.tasks.target import Target
from keepfit.serving.inference.onnx_session import Session
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import CandidateDefinition, GatesDefinition
from keepfit.training.recipes.estimator import FittedEstimator
from keepfit.training.trials.candidates import fit
from keepfit.training.trials.parity import compare, run
from tests.unit.training.support.tables import CODE_SIZES, PAIRS, rows, task_of

TASK = training_task_of(BINARY)
TOLERANCE = GatesDefinition().parity_tolerance

every_pair = pytest.mark.parametrize(("kind", "algorithm"), PAIRS)


@every_pair
def test_the_same_rows_and_seed_give_the_same_model_to_the_byte(kind: str, algorithm: str) -> None:
    table = rows(2000, kind=kind)
    candidate = CandidateDefinition(algorithm=algorithm)
    first, again = (
        fit(
            candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=1
        ).to_onnx()
        for _ in range(2)
    )
    assert first == again


@every_pair
def test_every_algorithm_learns(kind: str, algorithm: str) -> None:
    table, unseen = rows(4000, kind=kind), rows(2000, seed=1, kind=kind)
    candidate = CandidateDefinition(algorithm=algorithm)
    fitted = fit(candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0)
    outputs, metric = fitted.predict(unseen.features), task_of(kind).metric(None)
    constant = metric.value(unseen.labels, metric.constant(unseen.labels, outputs))
    assert metric.gain(metric.value(unseen.labels, outputs), constant) > 0.05 * constant


@every_pair
@pytest.mark.parametrize("seed", range(3))
def test_an_export_answers_like_its_estimator_on_holdout_and_adversarial_rows(
    kind: str, algorithm: str, seed: int
) -> None:
    table, unseen = rows(3000, seed=seed, kind=kind), rows(1000, seed=seed + 10, kind=kind)
    candidate = CandidateDefinition(algorithm=algorithm)
    fitted = fit(
        candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=seed
    )
    model = fitted.to_onnx()
    parity = compare(
        fitted,
        model,
        unseen.features,
        task=task_of(kind).serving,
        code_sizes=CODE_SIZES,
        tolerance=TOLERANCE,
        seed=seed,
    )
    assert parity.rows > 1000
    assert parity.max_difference < 1e-6
    assert parity.flipped_labels == 0
    assert parity.worst == []


@every_pair
def test_an_export_is_what_serving_reads(kind: str, algorithm: str) -> None:
    table = rows(2000, kind=kind)
    fitted = fit(
        CandidateDefinition(algorithm=algorithm),
        table.features,
        table.labels,
        task=task_of(kind),
        code_sizes=CODE_SIZES,
        seed=0,
    )
    session = Session(fitted.to_onnx(), task_of(kind).serving.onnx_outputs)
    assert session.columns == 5
    expected = fitted.predict(table.features)
    assert task_of(kind).serving.read(session.run(table.features)) == pytest.approx(
        expected, abs=1e-6, rel=1e-6
    )


@every_pair
def test_a_column_that_is_never_known_in_training_does_no_harm(kind: str, algorithm: str) -> None:
    table = rows(1000, kind=kind)
    table.features[:, 4] = np.nan
    candidate = CandidateDefinition(algorithm=algorithm)
    fitted = fit(candidate, table.features, table.labels, task=task_of(kind), code_sizes=CODE_SIZES, seed=0)
    unseen = rows(500, seed=1, kind=kind).features
    parity = compare(
        fitted,
        fitted.to_onnx(),
        unseen,
        task=task_of(kind).serving,
        code_sizes=CODE_SIZES,
        tolerance=TOLERANCE,
        seed=0,
    )
    assert parity.max_difference < 1e-6


@every_pair
@pytest.mark.parametrize("only", ["categories", "numbers"])
def test_categories_or_numbers_alone_are_enough(kind: str, algorithm: str, only: str) -> None:
    table = rows(1000, kind=kind)
    kept = [0, 1] if only == "categories" else [2, 3, 4]
    sizes = CODE_SIZES if only == "categories" else {}
    features = table.features[:, kept].copy()
    fitted = fit(
        CandidateDefinition(algorithm=algorithm),
        features,
        table.labels,
        task=task_of(kind),
        code_sizes=sizes,
        seed=0,
    )
    model = fitted.to_onnx()
    parity = compare(
        fitted, model, features, task=task_of(kind).serving, code_sizes=sizes, tolerance=TOLERANCE, seed=0
    )
    assert parity.max_difference < 1e-6


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


def test_a_threshold_that_is_rounded_to_the_wrong_side_is_found() -> None:
    """The split lies between two neighbouring float32 values; only a row exactly there tells the difference."""
    random = np.random.default_rng(0)
    low = np.float32(1.0000001)
    high = np.nextafter(low, np.float32(2))
    features = np.where(random.random(2000) < 0.5, low, high).reshape(-1, 1).astype(np.float32)
    fitted = fit(
        CandidateDefinition(algorithm="hist_gradient_boosting"),
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
