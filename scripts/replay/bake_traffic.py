"""Requests while a challenger bakes: a canary needs traffic."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from replay.client import PredictionClient
from replay.watch import Watch

_CHUNK = 150
_PAUSE_S = 5.0
MOST_ASKED = 20 * _CHUNK


@dataclass(slots=True, kw_only=True)
class BakeTraffic:
    """Sends the next flights' requests while a challenger bakes.

    They are not part of the month's sample, so that which version answers them, which is drawn by lot, moves no figure.
    """

    client: PredictionClient
    watch: Watch
    waiting: list[dict[str, Any]]
    _sent_at: float = field(init=False, default=0.0)

    def __call__(self) -> None:
        if time.monotonic() - self._sent_at < _PAUSE_S or not self.watch.canary_is_live():
            return
        chunk, self.waiting = self.waiting[:_CHUNK], self.waiting[_CHUNK:]
        self.client.send(chunk, [1] * len(chunk))
        self._sent_at = time.monotonic()
