"""Latencies of requests that look windows up, while several handlers answer at the same time.

As on Lambda each handler is a process of its own, with its own connection, and answers one request after the other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from multiprocessing import get_context
from typing import Any

import numpy as np

from keepfit.adapters.http.dynamodb_reader import DynamoReader
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.lookup_predictor import LookupPredictor
from tests.bench.figures import Comparison
from tests.bench.turns import Disagreement

LATENCY_S = 0.003
"""Of the store, about DynamoDB's own for some keys of one table."""
_AT_ONCE = (1, 4, 8)


def compared(model: bytes, signature: bytes, event: Mapping[str, Any], requests: int) -> Comparison:
    """A row for each number of handlers, of which each answers so many requests."""
    rows = []
    for handlers in _AT_ONCE:
        started = get_context("spawn").Barrier(handlers)
        with get_context("spawn").Pool(handlers, _wait_for, (started,)) as pool:
            found = pool.starmap(_latencies, [(model, signature, event, requests)] * handlers, chunksize=1)
        milliseconds = 1000 * np.concatenate(found)
        rows.append(
            {
                "handlers": handlers,
                "p50 ms": float(np.percentile(milliseconds, 50)),
                "p99 ms": float(np.percentile(milliseconds, 99)),
                "requests": len(milliseconds),
            }
        )
    notes = [
        f"windows of one instance, as above; one store for all answers after {1000 * LATENCY_S:g} ms",
        f"all have started before the first is timed; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end",
    ]
    return Comparison(title="Requests at the same time", rows=rows, notes=notes)


def _wait_for(started: Any) -> None:
    """Makes a process know the barrier of all."""
    globals()["_started"] = started


def _latencies(model: bytes, signature: bytes, event: Mapping[str, Any], requests: int) -> np.ndarray:
    """(requests,) seconds of each, after a first one that connects."""
    predictor = LookupPredictor(
        scorer=Scorer.load(model, signature),
        model="flight_delay",
        version=3,
        log=lambda _lines: None,
        reader=DynamoReader.from_environment(os.environ["KEEPFIT_ONLINE_TABLE"]),
    )
    answered = predictor.answer(event)
    if answered["statusCode"] != 200:
        raise Disagreement(str(answered["body"]))
    globals()["_started"].wait()
    found = np.empty(requests)
    for number in range(requests):
        start = time.perf_counter()
        predictor.answer(event)
        found[number] = time.perf_counter() - start
    return found
