"""The task of a model: the one it names, or the one that its label decides."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.evaluation.tasks.answer_definition import Cost
from tests.unit.definitions.test_compiling import MODEL, TRIPS, WEATHER, compiled, refused

TASK = 'label = "late"'


def test_a_label_that_is_true_or_false_decides_for_binary_and_its_first_metric(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL)
    assert (model.task, model.definition.task, model.definition.gates.metric) == (
        "binary",
        "binary",
        "roc_auc",
    )


@pytest.mark.parametrize("name", ["binary", "classification"])
def test_a_task_may_be_named_by_its_present_or_its_former_name(tmp_path: Path, name: str) -> None:
    named = compiled(tmp_path, TRIPS, WEATHER, MODEL.replace(TASK, f'{TASK}\ntask = "{name}"'))
    assert named == compiled(tmp_path, TRIPS, WEATHER, MODEL)


def test_a_task_that_is_not_known_is_told_with_what_it_could_be(tmp_path: Path) -> None:
    told = refused(tmp_path, TRIPS, WEATHER, MODEL.replace(TASK, f'{TASK}\ntask = "binray"'))
    assert "[model.lateness] task 'binray' is not known; did you mean 'binary'?" in told


def test_a_metric_of_another_task_is_told_with_those_of_this_one(tmp_path: Path) -> None:
    told = refused(tmp_path, TRIPS, WEATHER, MODEL + 'gates.metric = "brie"')
    assert "[model.lateness.gates] metric 'brie' is none of the task binary; did you mean 'brier'?" in told


def test_the_metric_may_be_any_of_the_tasks(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL + 'gates.metric = "log_loss"\ngates.min_value = 2.5')
    assert (model.definition.gates.metric, model.definition.gates.min_value) == ("log_loss", 2.5)


@pytest.mark.parametrize(
    ("label", "task", "metric"),
    [("category", "multiclass", "log_loss"), ("float", "regression", "rmse"), ("int", "regression", "rmse")],
)
def test_the_labels_field_decides(tmp_path: Path, label: str, task: str, metric: str) -> None:
    model = compiled(tmp_path, TRIPS.replace('"bool"', f'"{label}"'), WEATHER, MODEL)
    assert (model.task, model.definition.gates.metric) == (task, metric)


def test_whole_numbers_may_be_classes_where_the_task_says_so(tmp_path: Path) -> None:
    texts = TRIPS.replace('"bool"', '"int"'), WEATHER, MODEL.replace(TASK, f'{TASK}\ntask = "multiclass"')
    assert compiled(tmp_path, *texts).task == "multiclass"


def test_a_label_of_another_type_than_the_task_learns_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, TRIPS, WEATHER, MODEL.replace(TASK, f'{TASK}\ntask = "regression"'))
    assert "label 'late' is of type bool, and a regression label is of type float or int" in told


def test_what_is_tried_where_nothing_is_named_learns_the_task(tmp_path: Path) -> None:
    assert set(compiled(tmp_path, TRIPS, WEATHER, MODEL).candidates) == {
        "logistic",
        "lightgbm",
        "xgboost",
        "stacked",
    }
    regression = compiled(tmp_path, TRIPS.replace('"bool"', '"float"'), WEATHER, MODEL)
    assert set(regression.candidates) == {"linear", "lightgbm", "xgboost", "stacked"}


def test_an_algorithm_that_does_not_learn_the_task_is_told_with_those_that_do(tmp_path: Path) -> None:
    named = MODEL + 'training.candidates.a = { algorithm = "ridge" }'
    told = refused(tmp_path, TRIPS, WEATHER, named)
    assert (
        "[model.lateness.training] candidates.a: ridge does not learn the task binary; logistic_regr" in told
    )


@pytest.mark.parametrize(
    ("label", "weights", "says"),
    [
        ("bool", "{ true = 5, no = 1 }", "class_weight has no label 'no'; the labels are true and false"),
        ("bool", "{ 1 = 5 }", "class_weight has no label '1'"),
        ("float", '"balanced"', "class_weight is for classes, and the label is a number"),
    ],
)
def test_a_weight_of_what_is_no_class_is_told(tmp_path: Path, label: str, weights: str, says: str) -> None:
    named = f'training.candidates.a = {{ algorithm = "random_forest", parameters.class_weight = {weights} }}'
    assert says in refused(tmp_path, TRIPS.replace('"bool"', f'"{label}"'), WEATHER, MODEL + named)


def test_classes_of_a_category_may_have_any_name(tmp_path: Path) -> None:
    named = 'training.candidates.a = { algorithm = "random_forest", parameters.class_weight = { red = 5 } }'
    model = compiled(tmp_path, TRIPS.replace('"bool"', '"category"'), WEATHER, MODEL + named)
    assert model.candidates["a"].parameters == {"class_weight": {"red": 5}}


def test_a_model_compiled_before_there_were_several_tasks_is_binary(tmp_path: Path) -> None:
    written = msgspec.json.decode(encode(compiled(tmp_path, TRIPS, WEATHER, MODEL)))
    written["definition"] |= {"task": "classification"}
    written["definition"]["gates"] |= {"metric": "roc_auc", "min_value": 0.5}
    assert decode_model(msgspec.json.encode(written)).task == "binary"


@pytest.mark.parametrize(
    ("label", "line", "says"),
    [
        (
            "bool",
            "decision = { threshold = 0.3, maximize = 'f1' }",
            "one of threshold, maximize and cost, not 2",
        ),
        ("bool", "decision = {}", "one of threshold, maximize and cost, not 0"),
        ("bool", "decision = { maximize = 'roc_auc' }", "maximize 'roc_auc' is no metric of decisions"),
        ("float", "decision = { threshold = 0.3 }", "the task regression has nothing to decide"),
        ("category", "decision = { threshold = 0.3 }", "the task multiclass has nothing to decide"),
        ("category", "calibration = 'isotonic'", "is none of the task multiclass; it can be none, sigmoid"),
        ("float", "calibration = 'sigmoid'", "is none of the task regression; leave it out"),
        ("bool", "interval = 0.9", "the task binary answers no values"),
    ],
)
def test_a_wish_that_a_task_cannot_fulfil_is_told(tmp_path: Path, label: str, line: str, says: str) -> None:
    assert says in refused(tmp_path, TRIPS.replace('"bool"', f'"{label}"'), WEATHER, MODEL + line)


@pytest.mark.parametrize(
    "line",
    [
        "decision = { threshold = 1.2 }",
        "decision = { cost = { false_positive = 1 } }",
        "decision = { cost = { false_positive = 0, false_negative = 5 } }",
        "calibration = 'platt'",
    ],
)
def test_a_wish_that_is_none_is_told_with_its_key(tmp_path: Path, line: str) -> None:
    assert line.partition(" ")[0] in refused(tmp_path, TRIPS, WEATHER, MODEL + line)


def test_wishes_travel_with_the_model(tmp_path: Path) -> None:
    costs = "decision = { cost = { false_positive = 1, false_negative = 5 } }\ncalibration = 'none'"
    model = decode_model(encode(compiled(tmp_path, TRIPS, WEATHER, MODEL + costs)))
    assert model.wishes.calibration == "none"
    assert model.wishes.decision is not None
    assert model.wishes.decision.cost == Cost(false_positive=1, false_negative=5)
    regression = compiled(tmp_path, TRIPS.replace('"bool"', '"float"'), WEATHER, MODEL + "interval = 0.8")
    assert regression.wishes.interval == 0.8
