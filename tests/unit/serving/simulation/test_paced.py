"""Simulated requests go out at their rate, and every answer is counted as what it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from keepfit.serving.release.invocation import Invocation
from keepfit.serving.simulation.paced import ask_all


class Clock:
    """Time that passes where somebody sleeps, and while a request is under way."""

    def __init__(self) -> None:
        self.now, self.lock = 0.0, threading.Lock()

    def timer(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.now += seconds


def answer(status: int, **body: Any) -> Invocation:
    payload = json.dumps({"statusCode": status, "body": json.dumps(body)}).encode()
    return Invocation(payload=payload, error=None)


def prediction(version: int = 3) -> Invocation:
    return answer(200, model_version=version, predictions=[True], probabilities=[0.75])


def test_each_request_leaves_at_its_time() -> None:
    clock, left = Clock(), []

    def ask(event: Mapping[str, Any]) -> Invocation:
        left.append((clock.now, json.loads(event["body"])["instances"]))
        return prediction()

    rows = [{"amount": float(row)} for row in range(5)]
    traffic, answers = ask_all(ask, rows, rate=4, timer=clock.timer, sleep=clock.sleep)
    assert clock.now == 1.0
    assert traffic.rate == 5.0
    assert [each.instance for each in answers] == rows
    assert sorted(row[0]["amount"] for _, row in left) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_no_request_is_taken_for_a_clients() -> None:
    events: list[Mapping[str, Any]] = []

    def ask(event: Mapping[str, Any]) -> Invocation:
        events.append(event)
        return prediction()

    ask_all(ask, [{"amount": 1.0}], rate=1000)
    assert events[0]["golden"] is True


def test_refusals_and_errors_are_told_apart_with_the_first_of_their_reasons() -> None:
    kinds = {
        0.0: prediction(3),
        1.0: prediction(4),
        2.0: answer(400, code="invalid_instances", detail="instances are wrong"),
        3.0: Invocation(payload=b'{"errorMessage": "the node \'forest\' failed"}', error="InvalidOutput"),
        4.0: answer(503, code="features_unavailable", detail="try again"),
    }

    def ask(event: Mapping[str, Any]) -> Invocation:
        [instance] = json.loads(event["body"])["instances"]
        return kinds[instance["amount"]]

    traffic, answers = ask_all(ask, [{"amount": amount} for amount in kinds] * 2, rate=1e6)
    assert (traffic.requests, traffic.refused, traffic.errors) == (10, 2, 4)
    assert traffic.versions == {3: 2, 4: 2}
    assert traffic.reasons == [
        "HTTP 400, invalid_instances: instances are wrong",
        'the release raised InvalidOutput: {"errorMessage": "the node \'forest\' failed"}',
        "HTTP 503, features_unavailable: try again",
    ]
    assert [each.document is not None for each in answers[:5]] == [True, True, False, False, False]
    assert traffic.p50_ms is not None


def test_what_answers_nothing_has_no_latency() -> None:
    traffic, _ = ask_all(lambda _event: answer(400, code="x", detail="y"), [{}], rate=1000)
    assert (traffic.p50_ms, traffic.p99_ms, traffic.errors) == (None, None, 0)
