"""A signature names its task, also one that was written before there were several."""

from __future__ import annotations

import json

import pytest

from keepfit.errors import InvalidModel
from keepfit.features.schema.signature import from_json, to_json
from keepfit.tasks.answers import OUTPUTS
from keepfit.tasks.registry import TASKS, task_of
from keepfit.tasks.spec import BINARY, TaskSpec, kind_of
from tests.unit.serving.support.small_model import SIGNATURE


def test_a_signature_without_a_task_is_binary() -> None:
    written = json.loads(to_json(SIGNATURE))
    del written["task"]
    assert from_json(json.dumps(written).encode()) == SIGNATURE
    assert SIGNATURE.task == BINARY


def test_a_task_that_this_release_does_not_know_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(
        InvalidModel, match=r"the task 'ranking' is not known here, only .*binary.*newer release"
    ):
        task_of(TaskSpec(kind="ranking"))


def test_the_former_name_of_a_task_is_understood() -> None:
    assert kind_of("classification") == "binary"
    assert {kind_of(kind) for kind in TASKS} == {*TASKS}


def test_every_task_says_where_its_answer_has_the_outputs() -> None:
    assert {*OUTPUTS} == {*TASKS}
