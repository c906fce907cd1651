"""Metrics of tenants: requests to a model, and refusals by quotas."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from keepfit.serving.metric_lines import EVERY_S, metric_line

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
        self._model, self._write, self._now = model, write, now
        self._counts: dict[str, list[int]] = {}
        self._written_at = 0.0

    def asked(self, tenant: str, *, refused: bool) -> None:
        """Counts a request, and whether its quota refused it; writes lines where it is time."""
        counts = self._counts.setdefault(tenant, [0, 0])
        counts[0] += 1
        counts[1] += refused
        now = self._now()
        if now - self._written_at >= EVERY_S:
            lines = [
                self._line(tenant, asked, refusals, now) for tenant, (asked, refusals) in self._counts.items()
            ]
            self._counts, self._written_at = {}, now
            self._write(msgspec.json.Encoder().encode_lines(lines))

    def _line(self, tenant: str, asked: int, refusals: int, now: float) -> dict[str, Any]:
        dimensions = dict(zip(DIMENSIONS, (self._model, tenant), strict=True))
        return metric_line(dimensions, {REQUESTS: asked, REFUSALS: refusals}, _UNITS, now)
