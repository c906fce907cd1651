"""Yes or no: from which probability on true is answered."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from keepfit.tasks.binary import Binary
from keepfit.tasks.spec import BINARY, TaskSpec

OUTPUTS = np.array([0.1, 0.3, 0.4999, 0.5, 0.9], dtype=np.float32)


@pytest.mark.parametrize(
    ("threshold", "true"), [(None, 2), (0.5, 2), (0.3, 4), (0.0, 5), (0.95, 0), (float(np.float32(0.3)), 4)]
)
def test_true_is_decided_and_answered_from_the_threshold_on(threshold: float | None, true: int) -> None:
    task = Binary(TaskSpec(kind="binary", threshold=threshold))
    predictions, _, answer = task.answerer("m", 1)(OUTPUTS, [*"abcde"])
    assert predictions == task.decide(OUTPUTS) == msgspec.to_builtins(answer)["predictions"]
    assert sum(predictions) == true


def test_a_flip_is_one_across_the_models_own_threshold() -> None:
    one, other = np.array([0.29, 0.49]), np.array([0.31, 0.51])
    assert Binary(BINARY).difference(one, other).flipped.tolist() == [False, True]
    assert Binary(TaskSpec(kind="binary", threshold=0.3)).difference(one, other).flipped.tolist() == [
        True,
        False,
    ]
