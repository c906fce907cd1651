"""Metrics as lines of CloudWatch's embedded metric format, in the log of a function."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

NAMESPACE: Final = "keepfit"
EVERY_S: Final = 10.0
"""Lines are written with the first request after so long, not for each; a process that ends loses no more."""


def metric_line(
    dimensions: Mapping[str, str], values: Mapping[str, Any], units: Mapping[str, str], at: float
) -> dict[str, Any]:
    """One line, as an object.

    Args:
        dimensions: names and values, all of them together.
        values: by the name of the metric, a number or several.
        units: by the name of the metric, such as "Count".
        at: seconds since 1970.
    """
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[*dimensions]],
        "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
    }
    return {
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        **values,
    }


class MetricWriter:
    """Writes lines that are collected until it is time.

    Args:
        write: takes lines, each ended by a newline, in one call.
        now: seconds since 1970.
    """

    __slots__ = ("_now", "_write", "_written_at")

    def __init__(self, write: Callable[[bytes], object], now: Callable[[], float] = time.time) -> None:
        self._write, self._now, self._written_at = write, now, 0.0

    def write_when_due(
        self, lines: Callable[[float], Iterable[Mapping[str, Any]]], *, at_once: bool = False
    ) -> bool:
        """Writes what ``lines`` gives of now, where the last ones are long ago; whether it was time."""
        now = self._now()
        if not at_once and now - self._written_at < EVERY_S:
            return False
        self._written_at = now
        if told := list(lines(now)):
            self._write(msgspec.json.Encoder().encode_lines(told))
        return True
