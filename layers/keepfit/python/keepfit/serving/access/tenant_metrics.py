"""Metrics of tenants: how often the clients of each asked a model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from keepfit.serving.metric_lines import EVERY_S, metric_line

DIMENSIONS: Final = ("Model", "Tenant")
REQUESTS: Final = "tenant_requests"
_UNITS: Final = {REQUESTS: "Count"}


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
        self._model, self._write, self._now = model, write, now
        self._requests: dict[str, int] = {}
        self._written_at = 0.0

    def asked(self, tenant: str) -> None:
        """Counts a request; writes what has been counted, where it is time."""
        self._requests[tenant] = self._requests.get(tenant, 0) + 1
        now = self._now()
        if now - self._written_at >= EVERY_S:
            lines = [
                metric_line(
                    dict(zip(DIMENSIONS, (self._model, tenant), strict=True)), {REQUESTS: count}, _UNITS, now
                )
                for tenant, count in self._requests.items()
            ]
            self._requests, self._written_at = {}, now
            self._write(msgspec.json.Encoder().encode_lines(lines))
