"""Maps an execution of the state machine to its run."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from keepfit.instants import from_iso
from keepfit.training.runs.run import name_run


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """An execution and its start, as ISO 8601 or as milliseconds since 1970.

    The execution's own context gives the first, events the second.
    """

    arn: str
    started_at: str | int

    @property
    def run_id(self) -> str:
        """The id of the run that the execution is, or would have been."""
        started_at = self.started_at
        started = (
            from_iso(started_at)
            if isinstance(started_at, str)
            else datetime.fromtimestamp(started_at / 1000, UTC)
        )
        return name_run(self.arn, started)
