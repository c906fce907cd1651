"""Metrics as lines of CloudWatch's embedded metric format, in the log of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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
