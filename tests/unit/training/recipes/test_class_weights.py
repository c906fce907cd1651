"""A label may weigh more than the other: as scikit-learn has it, from the definition to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.definitions.model import ModelDefinition, read_duration
from keepfit.definitions.policy_checks import check_policies
from keepfit.errors import InvalidDefinition
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import Algorithm, CandidateDefinition
from keepfit.training.recipes.estimator import Columns, EstimatorRecipe, FittedEstimator
from keepfit.training.recipes.registry import recipe_of
from keepfit.training.trials.fit_candidate import effective_parameters, fit
from keepfit.training.trials.parity import compare
from keepfit.training.trials.trial import TrialData, try_candidate
from tests.unit.training.support.tables import CODE_SIZES, rows

FEW = {
    "logistic_regression": {},
    "hist_gradient_boosting": {"max_iter": 30},
    "random_forest": {"n_estimators": 20},
    "extra_trees": {"n_estimators": 20},
}
WEIGHTS: dict[str, Any] = {"true": 5.0, "false": 1.0}

TASK = training_task_of(BINARY)
every_algorithm = pytest.mark.parametrize("algorithm", FEW)


def weighted(algorithm: Algorithm, class_weight: Any) -> CandidateDefinition:
    return CandidateDefinition(
        algorithm=algorithm, parameters={**FEW[algorithm], "class_weight": class_weight}
    )


def as_scikit_learn_weighs_rows(algorithm: Algorithm, of_true: float, of_false: float) -> Any:
    """The same estimator, told the weight of every row instead."""
    table = rows(1500)
    plain = CandidateDefinition(algorithm=algorithm, parameters=dict(FEW[algorithm]))
    recipe = recipe_of(algorithm)
    assert isinstance(recipe, EstimatorRecipe)
    parameters = {**effective_parameters(plain, TASK, 1500), "random_state": 0}
    estimator = recipe.assemble["classifier"](parameters, Columns(count=5, code_sizes=CODE_SIZES))
    weights = np.where(table.labels, of_true, of_false)
    step = {"logistic_regression": "model__", "random_forest": "forest__", "extra_trees": "forest__"}.get(
        algorithm, ""
    )
    estimator.fit(table.features, table.labels, **{f"{step}sample_weight": weights})
    return FittedEstimator(estimator=estimator, columns=5, task=TASK, target=Target())


@every_algorithm
def test_a_weight_of_a_label_is_that_weight_of_each_of_its_rows(algorithm: Algorithm) -> None:
    table, unseen = rows(1500), rows(500, seed=1).features
    candidate = weighted(algorithm, WEIGHTS)
    found = fit(candidate, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)
    expected = as_scikit_learn_weighs_rows(algorithm, 5.0, 1.0)
    assert found.predict(unseen) == pytest.approx(expected.predict(unseen), abs=1e-12)


@every_algorithm
def test_balanced_gives_both_labels_the_same_weight_together(algorithm: Algorithm) -> None:
    table, unseen = rows(1500), rows(500, seed=1).features
    candidate = weighted(algorithm, "balanced")
    found = fit(candidate, table.features, table.labels, task=TASK, code_sizes=CODE_SIZES, seed=0)
    rate = table.labels.mean()
    expected = as_scikit_learn_weighs_rows(algorithm, 0.5 / rate, 0.5 / (1 - rate))
    assert found.predict(unseen) == pytest.approx(expected.predict(unseen), abs=1e-12)


@every_algorithm
def test_a_heavier_label_is_answered_with_a_higher_probability_and_exported_so(algorithm: Algorithm) -> None:
    table, unseen = rows(1500), rows(500, seed=1).features
    plain, heavy = (
        fit(
            weighted(algorithm, weight),
            table.features,
            table.labels,
            task=TASK,
            code_sizes=CODE_SIZES,
            seed=0,
        )
        for weight in (None, WEIGHTS)
    )
    assert heavy.predict(unseen).mean() > plain.predict(unseen).mean() + 0.1
    parity = compare(
        heavy, heavy.to_onnx(), unseen, task=TASK.serving, code_sizes=CODE_SIZES, tolerance=1e-5, seed=0
    )
    assert (parity.flipped_labels, parity.worst) == (0, [])


@every_algorithm
def test_the_weights_go_from_the_definition_to_the_report(algorithm: Algorithm, tmp_path: Path) -> None:
    (tmp_path / "trips.toml").write_text(
        f"""
        dataset.trips.event_time = "at"
        [dataset.trips.fields]
        at = {{ type = "timestamp" }}
        far = {{ type = "float" }}
        late = {{ type = "bool" }}
        [model.lateness]
        dataset = "trips"
        label = "late"
        inputs = ["far"]
        [model.lateness.training.candidates.a]
        algorithm = "{algorithm}"
        parameters = {{ class_weight = {{ true = 5, false = 1 }} }}
        """
    )
    compiled = compiling.compile_all(tmp_path).models["lateness"]
    read = decode_model(encode(compiled))
    assert read == compiled
    candidate = read.definition.training.candidates["a"]
    trial = try_candidate(
        "a",
        candidate,
        data=TrialData(task=TASK, train=rows(600), holdout=rows(300, seed=1).features, validation=None),
        gates=compiled.definition.gates,
        seed=0,
        tell=lambda _: None,
    )
    report = msgspec.json.decode(msgspec.json.encode(trial.report))
    assert report["parameters"]["class_weight"] == WEIGHTS


@pytest.mark.parametrize(
    ("algorithm", "parameters", "says"),
    [
        ("random_forest", {"class_weight": {}}, "weighs no label; write { true = 5, false = 1 }"),
        ("logistic_regression", {"class_weight": {"true": 0}}, "class_weight true = 0 must be a finite number above 0"),
        ("logistic_regression", {"class_weight": {"true": -1}}, "class_weight true = -1 must be"),
        ("logistic_regression", {"class_weight": {"true": float("inf")}}, "class_weight true = inf must be"),
        ("logistic_regression", {"class_weight": "heavy"}, "class_weight cannot be 'heavy'; write 'balanced', or one"),
        ("logistic_regression", {"class_weight": "balanced_subsample"}, "class_weight cannot be 'balanced_subsample'"),
        ("hist_gradient_boosting", {"class_weight": 5}, "class_weight cannot be '5'"),
        ("dummy", {"class_weight": "balanced"}, "class_weight is none of dummy's parameters; leave it out"),
        ("random_forest", {"max_depth": {"true": 5}}, "max_depth cannot be a table; only class_weight is one"),
    ],
)  # fmt: skip
def test_weights_that_cannot_be_meant_are_refused_when_the_definition_is_read(
    algorithm: Algorithm, parameters: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidDefinition) as error:
        check_policies("lateness", _model(algorithm, parameters))
    assert str(error.value).startswith("[model.lateness.training] candidates.a: ")
    assert says in str(error.value)


@pytest.mark.parametrize("weight", ["balanced", "balanced_subsample", {"true": 0.5}, None])
def test_weights_that_scikit_learn_takes_are_taken(weight: Any) -> None:
    check_policies("lateness", _model("random_forest", {"class_weight": weight}))


def _model(algorithm: Algorithm, parameters: dict[str, Any]) -> ModelDefinition:
    tried = {"algorithm": algorithm, "parameters": parameters}
    written = {
        "dataset": "trips", "label": "late", "inputs": ["far"], "training": {"candidates": {"a": tried}}
    }  # fmt: skip
    return msgspec.convert(written, ModelDefinition, dec_hook=read_duration)
