"""Copies are a share of what was asked since the shadow began, the same whenever they are drawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepfit.adapters.memory.monitoring import MemoryPredictionLog
from keepfit.application.copied_requests import copied_requests
from keepfit.instants import to_iso
from tests.unit.monitoring.support.logs import ANSWERED, line, log_object

BEGAN = ANSWERED + timedelta(minutes=10)
ROWS = 400


@pytest.fixture(scope="module")
def log() -> MemoryPredictionLog:
    """As many rows before the shadow began as after it, each delivered twice."""
    objects = {}
    for name, at in (("1", BEGAN - timedelta(minutes=1)), ("2", BEGAN + timedelta(minutes=1))):
        lines = [line(n, prediction_id=f"{name}-{n}", at=to_iso(at), inputs={"n": name}) for n in range(ROWS)]
        objects |= {f"{at:%Y/%m/%d/%H/}{name}{times}": log_object(*lines) for times in "ab"}
    return MemoryPredictionLog(objects=objects)


def test_all_that_was_asked_since_is_copied_once(log: MemoryPredictionLog) -> None:
    assert copied_requests(log, "m", share=1, since=BEGAN, limit=10_000) == [{"n": "2"}] * ROWS
    assert len(copied_requests(log, "m", share=1, since=BEGAN, limit=7)) == 7


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_share_of_it_is_about_as_many_rows(log: MemoryPredictionLog, share: float) -> None:
    copied = copied_requests(log, "m", share=share, since=BEGAN, limit=10_000)
    assert abs(len(copied) - share * ROWS) < 0.1 * ROWS
    assert copied_requests(log, "m", share=share, since=BEGAN, limit=10_000) == copied
