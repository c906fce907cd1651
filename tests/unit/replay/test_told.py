"""Clients tell what came true of what was answered, and is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from replay.client import Answer
from replay.flights import Requests
from replay.told import write_told


def test_flights_that_never_arrived_and_requests_that_failed_are_left_out(tmp_path: Path) -> None:
    requests = Requests(
        instances=[{}] * 4,
        late=np.array([1.0, 0.0, np.nan, 1.0]),
        known_at=[f"2013-03-0{day}T00:00:00Z" for day in range(1, 5)],
    )
    answers = [Answer(probability=0.5, version=1, status=200, prediction_id=name) for name in ("a", "b", "c")]
    failed = Answer(probability=None, version=None, status=503)
    assert write_told(tmp_path / "told.csv", requests, [*answers, failed]) == 2
    assert (tmp_path / "told.csv").read_text().splitlines() == [
        "prediction_id,outcome,known_at",
        "a,true,2013-03-01T00:00:00Z",
        "b,false,2013-03-02T00:00:00Z",
    ]
