"""A table of many answers has the columns of an online answer, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import IntervalSpec, TaskSpec
from tests.drawn import examples

_INTERVAL = IntervalSpec(level=0.9, low=-1.5, high=2.25, coverage=0.91)
_FACTOR = IntervalSpec(level=0.9, low=0.7, high=1.3, coverage=0.91, is_factor=True)
SPECS = [
    TaskSpec(kind="binary", threshold=0.1),
    TaskSpec(kind="binary"),
    TaskSpec(kind="multiclass", classes=["a", "b", "c"]),
    TaskSpec(kind="multiclass", classes=[3, 1, 2]),
    TaskSpec(kind="regression"),
    TaskSpec(kind="regression", interval=_INTERVAL),
    TaskSpec(kind="regression", interval=_FACTOR),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{len(str(spec))}")
@examples(60)
@given(data=st.data())
def test_a_table_holds_what_an_answer_does(spec: TaskSpec, data: st.DataObject) -> None:
    task = task_of(spec)
    values = st.floats(0, 1, width=32) | st.sampled_from([0.0, -0.0, 0.1, 0.5, 1.0]).map(
        lambda v: float(np.float32(v))
    )
    shape = task.blank(data.draw(st.integers(1, 8))).shape
    size = int(np.prod(shape))
    drawn = data.draw(st.lists(values, min_size=size, max_size=size))
    outputs = np.array(drawn, np.float32).reshape(shape)
    *_, answer = task.answerer("m", 1)(outputs, [""] * len(outputs))
    expected = {name: column for name, column in answer.columns().items() if name != "prediction_id"}
    table = task.table(outputs)
    assert [*table] == [*expected]
    for name, column in expected.items():
        assert table[name].tolist() == column
        assert str(table[name].tolist()) == str(column)  # whose zeros have a sign
