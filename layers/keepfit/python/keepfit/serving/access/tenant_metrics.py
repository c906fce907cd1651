"""Metrics of tenants: requests to a model, and refusals by quotas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from keepfit.serving.metric_lines import MetricWriter, metric_line

DIMENSIONS: Final = ("Model", "Tenant")
REQUESTS: Final = "tenant_requests"
REFUSALS: Final = "tenant_refusals"
_UNITS: Final = {REQUESTS: "Count", REFUSALS: "Count"}


class TenantMetrics:
    """Counts requests by tenant, and writes one line for each.

    Args:
        model: that is asked.
        write: takes lines, each ended by a newline.
        now: seconds since 1970.
    """

    def __init__(
        self, model: str, write: Callable[[bytes], object], now: Callable[[], float] = time.time
    ) -> None:
        self._model, self._writer = model, MetricWriter(write, now)
        self._counts: dict[str, list[int]] = {}

    def asked(self, tenant: str, *, refused: bool) -> None:
        """Counts a request, and whether its quota refused it; writes lines where it is time."""
        counts = self._counts.setdefault(tenant, [0, 0])
        counts[0] += 1
        counts[1] += refused
        if self._writer.write_when_due(self._lines):
            self._counts = {}

    def _lines(self, now: float) -> Iterator[dict[str, Any]]:
        for tenant, (asked, refusals) in self._counts.items():
            dimensions = dict(zip(DIMENSIONS, (self._model, tenant), strict=True))
            yield metric_line(dimensions, {REQUESTS: asked, REFUSALS: refusals}, _UNITS, now)
