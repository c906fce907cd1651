"""Which task a model has: the one it names, or the one that its label decides."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from keepfit.definitions.model import decode_model, encode
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


def test_a_model_compiled_before_there_were_several_tasks_is_binary(tmp_path: Path) -> None:
    written = msgspec.json.decode(encode(compiled(tmp_path, TRIPS, WEATHER, MODEL)))
    written["definition"] |= {"task": "classification"}
    written["definition"]["gates"] |= {"metric": "roc_auc", "min_value": 0.5}
    assert decode_model(msgspec.json.encode(written)).task == "binary"
