"""The scores of a canary are those that it gave since it began, each once, as far as they are delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from keepfit.adapters.memory.monitoring import MemoryPredictionLog
from keepfit.application import compare_scores as module
from keepfit.application.compare_scores import compare_scores
from keepfit.instants import to_iso
from keepfit.serving.release.score_shift import ScoreShift
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec
from tests.unit.monitoring.support.logs import ANSWERED, line, log_object

TASK = task_of(TaskSpec(kind="binary"))
BEGAN = ANSWERED + timedelta(minutes=10)


def answers(version: int, scores: Iterable[float], *, at: datetime, name: str) -> list[dict[str, Any]]:
    return [
        line(n, prediction_id=f"{name}{n}", version=version, outputs=score, at=to_iso(at))
        for n, score in enumerate(scores)
    ]


def compared(log: MemoryPredictionLog) -> ScoreShift | None:
    return compare_scores(log, "m", TASK, champion=1, challenger=2, since=BEGAN)


@pytest.fixture
def log() -> MemoryPredictionLog:
    """What both answered since the canary began, and others before it."""
    later = BEGAN + timedelta(minutes=1)
    usual = answers(1, [0.1] * 30, at=later, name="a") + answers(2, [0.1] * 30, at=later, name="b")
    earlier = answers(1, [0.9] * 50, at=BEGAN - timedelta(minutes=1), name="c")
    other = answers(3, [0.9] * 50, at=later, name="d")
    return MemoryPredictionLog(
        objects={
            f"{BEGAN:%Y/%m/%d/%H/}1": log_object(*earlier, *other),
            f"{BEGAN:%Y/%m/%d/%H/}2": log_object(*usual),
        }
    )


def test_only_what_both_answered_since_it_began_is_compared(log: MemoryPredictionLog) -> None:
    found = compared(log)
    assert found is not None
    assert (found.column, found.distance) == ("probability", 0.0)
    assert (found.champion_rows, found.challenger_rows) == (30, 30)


def test_what_is_delivered_twice_counts_once(log: MemoryPredictionLog) -> None:
    log.objects |= {f"{key}again": body for key, body in log.objects.items()}
    found = compared(log)
    assert found is not None
    assert (found.champion_rows, found.challenger_rows) == (30, 30)


def test_too_few_answers_are_not_compared(log: MemoryPredictionLog) -> None:
    del log.objects[f"{BEGAN:%Y/%m/%d/%H/}2"]
    few = answers(2, [0.9] * 19, at=BEGAN, name="b") + answers(1, [0.1] * 90, at=BEGAN, name="a")
    log.objects[f"{BEGAN:%Y/%m/%d/%H/}2"] = log_object(*few)
    assert compared(log) is None
    log.objects[f"{BEGAN:%Y/%m/%d/%H/}3"] = log_object(*answers(2, [0.9], at=BEGAN, name="e"))
    found = compared(log)
    assert found is not None
    assert found.distance == 1


def test_of_a_busy_log_the_newest_answers_are_compared(
    log: MemoryPredictionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SCORES", 25)
    newest = BEGAN + timedelta(hours=2)
    for version, name, score in ((1, "f", 0.2), (2, "g", 0.7)):
        log.objects[f"{newest:%Y/%m/%d/%H/}{version}"] = log_object(
            *answers(version, [score] * 40, at=newest, name=name)
        )
    found = compared(log)
    assert found is not None
    assert (found.distance, found.champion_rows, found.challenger_rows) == (1, 25, 25)
