"""Notes in the release ledger: decisions that move nothing, in one chain with the moves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keepfit.errors import Conflict
from keepfit.registry.ledger import Ledger, Move, chained, champion_in
from keepfit.serving.release.ports import RoutingReader

_MAX_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNotes:
    """Appends notes, each once for a run and an action.

    A note keeps the alias's revision of the entry before it, so that a move that nobody recorded still shows as a gap.
    """

    ledger: Ledger
    live: RoutingReader
    now: Callable[[], datetime]

    def write(
        self, action: str, *, run_id: str, version: int, lambda_version: str, who: str, why: str
    ) -> None:
        """Appends a note on a release that does not serve. Raises Conflict where others write all the time."""
        for _ in range(_MAX_ATTEMPTS):
            entries = self.ledger.entries()
            if any((entry.run_id, entry.action) == (run_id, action) for entry in entries):
                return None
            last = entries[-1] if entries else None
            # Before the first release the alias is where the stack made it, and no entry says so.
            revision = last.revision if last else self.live.read().revision
            note = Move(
                at=self.now(),
                action=action,
                version=version,
                lambda_version=lambda_version,
                previous_version=champion_in(entries),
                weight=0.0,
                who=who,
                why=why,
                run_id=run_id,
                revision=revision,
                replaced_revision=revision,
            )
            with suppress(Conflict):
                return self.ledger.append(chained(last, note))
        raise Conflict(
            f"the release ledger was written to {_MAX_ATTEMPTS} times in a row; run the same step again"
        )
