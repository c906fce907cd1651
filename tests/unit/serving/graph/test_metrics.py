"""Latency, errors and fallbacks of nodes are lines of embedded metric format."""

from __future__ import annotations

import json
from typing import Any

from keepfit.monitoring import metrics as of_the_monitor
from keepfit.serving.graph import metrics
from keepfit.serving.graph.metrics import MAX_VALUES, NodeMetrics
from keepfit.serving.metric_lines import EVERY_S, NAMESPACE
from localcloud.overlay.log_ingestion import embedded_metrics


class Log:
    """What was written, and a clock that is set."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.now = 1_000.0
        self.counted = NodeMetrics("credit", self.written.append, lambda: self.now)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in b"".join(self.written).splitlines()]


def test_each_node_has_a_line_that_cloudwatch_takes_metrics_of() -> None:
    log = Log()
    log.counted.took("own", 0.0015)
    log.counted.took("forest", 0.25)
    log.counted.failed("forest", "it did not answer within 50 ms")
    log.counted.replaced("forest")
    log.counted.ended()
    [written] = log.written
    taken = [metric for line in written.decode().splitlines() for metric in embedded_metrics(line)]
    own, forest = ({"Model": "credit", "Node": node} for node in ("own", "forest"))
    assert taken == [
        ("keepfit", "node_latency_ms", 1.5, "Milliseconds", own),
        ("keepfit", "node_errors", 0, "Count", own),
        ("keepfit", "node_fallbacks", 0, "Count", own),
        ("keepfit", "node_latency_ms", 250.0, "Milliseconds", forest),
        ("keepfit", "node_errors", 1, "Count", forest),
        ("keepfit", "node_fallbacks", 1, "Count", forest),
    ]
    assert log.lines[1]["reason"] == "it did not answer within 50 ms"


def test_lines_are_written_now_and_then_and_lose_nothing() -> None:
    log = Log()
    for request in range(50):
        log.now += EVERY_S / 20
        log.counted.took("own", request / 1000)
        log.counted.ended()
    assert len(log.lines) == 3
    log.now += EVERY_S
    log.counted.ended()
    assert [value for line in log.lines for value in line["node_latency_ms"]] == list(range(50))


def test_a_line_holds_no_more_values_than_cloudwatch_takes() -> None:
    log = Log()
    for _ in range(3 * MAX_VALUES + 1):
        log.counted.took("own", 0.001)
        log.counted.ended()
    assert [len(line["node_latency_ms"]) for line in log.lines] == [1, MAX_VALUES, MAX_VALUES, MAX_VALUES]


def test_nothing_is_written_of_no_request() -> None:
    log = Log()
    log.counted.ended()
    assert log.written == []


def test_the_names_are_those_of_the_monitor() -> None:
    assert NAMESPACE == of_the_monitor.NAMESPACE
    assert metrics.DIMENSIONS[0] == of_the_monitor.DIMENSION
