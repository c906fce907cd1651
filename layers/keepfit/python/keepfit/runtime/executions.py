"""Which run an execution of the state machine is, however it is told."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from keepfit.instants import from_iso
from keepfit.training.runs.run import name_run


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """An execution and its start: ISO 8601, as its own context tells it, or milliseconds since 1970, as events do."""

    arn: str
    started_at: str | int

    @property
    def run_id(self) -> str:
        """The run that it is, or would have been."""
        told = self.started_at
        started = from_iso(told) if isinstance(told, str) else datetime.fromtimestamp(told / 1000, UTC)
        return name_run(self.arn, started)
