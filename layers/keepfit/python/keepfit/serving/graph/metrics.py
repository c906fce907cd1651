"""Metrics of a graph's nodes, as lines of CloudWatch's embedded metric format in the function's log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from keepfit.serving.metric_lines import MetricWriter, metric_line

DIMENSIONS: Final = ("Model", "Node")
LATENCY: Final = "node_latency_ms"
ERRORS: Final = "node_errors"
FALLBACKS: Final = "node_fallbacks"

MAX_VALUES: Final = 100
"""Of one metric in one line."""
_UNITS: Final = {LATENCY: "Milliseconds", ERRORS: "Count", FALLBACKS: "Count"}
_MAX_REASON: Final = 500


class NodeMetrics:
    """See ``execution.NodeObserver``; one line for each node that was asked.

    Args:
        model: the graph's.
        write: takes lines, each ended by a newline.
        now: seconds since 1970.
    """

    def __init__(
        self, model: str, write: Callable[[bytes], object], now: Callable[[], float] = time.time
    ) -> None:
        self._model, self._writer = model, MetricWriter(write, now)
        self._nodes: dict[str, _Counts] = {}
        self._is_full = False

    def took(self, node: str, seconds: float) -> None:
        """See ``NodeObserver.took``."""
        latencies = self._of(node).latencies
        latencies.append(round(seconds * 1000, 3))
        self._is_full = self._is_full or len(latencies) >= MAX_VALUES

    def failed(self, node: str, reason: str) -> None:
        """See ``NodeObserver.failed``; the last reason stands beside the count."""
        counts = self._of(node)
        counts.errors += 1
        counts.reason = reason[:_MAX_REASON]

    def replaced(self, node: str) -> None:
        """See ``NodeObserver.replaced``."""
        self._of(node).fallbacks += 1

    def ended(self) -> None:
        """Writes what has been counted, where it is time."""
        if self._writer.write_when_due(self._lines, at_once=self._is_full):
            self._nodes, self._is_full = {}, False

    def _lines(self, now: float) -> list[dict[str, Any]]:
        return [self._line(node, counts, now) for node, counts in self._nodes.items()]

    def _of(self, node: str) -> _Counts:
        counts = self._nodes.get(node)
        if counts is None:
            counts = self._nodes[node] = _Counts()
        return counts

    def _line(self, node: str, counts: _Counts, now: float) -> dict[str, Any]:
        values: dict[str, Any] = {ERRORS: counts.errors, FALLBACKS: counts.fallbacks}
        if counts.latencies:
            values = {LATENCY: counts.latencies, **values}
        dimensions = dict(zip(DIMENSIONS, (self._model, node), strict=True))
        line = metric_line(dimensions, values, _UNITS, now)
        return {**line, "reason": counts.reason} if counts.reason else line


class _Counts:
    __slots__ = ("errors", "fallbacks", "latencies", "reason")

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.errors = self.fallbacks = 0
        self.reason = ""
