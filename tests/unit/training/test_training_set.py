"""Training sets are refused where they are too small to train or to judge."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from keepfit.errors import EmptyWindow
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.instants import Duration
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import TrainingDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.training_set import Cut, enough

AT = datetime(2026, 9, 11, tzinfo=UTC)


def labels(rows: int, true: int) -> np.ndarray:
    return np.arange(rows) < true


def check(train: np.ndarray, holdout: np.ndarray, *, waiting: int = 0, lateness_s: float = 0.0) -> None:
    cut = Cut(at=AT, available=len(train), waiting=waiting, lateness_s=lateness_s)
    task, training = training_task_of(BINARY), TrainingDefinition(window=Duration.parse("365d"))
    enough(train, holdout, cut, task=task, training=training, gates=GatesDefinition())


def test_what_the_defaults_ask_for_is_enough() -> None:
    check(labels(80, 20), labels(20, 5))


@pytest.mark.parametrize(
    ("train", "holdout", "told"),
    [
        (
            labels(79, 20),
            labels(20, 10),
            "99 labelled rows of the last 365d can train or judge, and .* is 100",
        ),
        (labels(500, 0), labels(100, 10), "training part has 500 labelled rows, 0 of them true"),
        (
            labels(500, 20),
            labels(19, 9),
            "19 labelled rows, and gates.minimum_holdout_rows is 20: upload more",
        ),
        (labels(500, 20), labels(100, 4), "4 of them true, and gates.minimum_holdout_of_each_class is 5"),
        (labels(500, 20), labels(100, 96), "96 of them true, and gates.minimum_holdout_of_each_class is 5"),
    ],
)
def test_too_little_is_refused_with_what_to_do(train: np.ndarray, holdout: np.ndarray, told: str) -> None:
    with pytest.raises(EmptyWindow, match=told) as refused:
        check(train, holdout)
    assert "upload more data" in str(refused.value)


def test_labels_that_come_too_late_to_train_are_told_with_how_late_they_come() -> None:
    with pytest.raises(EmptyWindow, match=r"900 more rows wait, because labels come 30.0 days late"):
        check(labels(0, 0), labels(600, 60), waiting=900, lateness_s=30 * 86_400)
