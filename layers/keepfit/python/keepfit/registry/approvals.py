"""Approvals of releases: who asked for one, until when it may be given, and what a person decided."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

import msgspec

Verdict = Literal["approved", "refused"]
Decision = Literal["approved", "refused", "expired"]


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A release that waits for a person, or what was decided on it.

    ``asked_by`` asked for the run; None where no person did. ``decision`` is None while the release waits, until
    ``expires_at`` at the latest. ``token`` is the one by which its execution goes on, and ``revision`` counts the
    changes of this record.
    """

    run_id: str
    version: int
    lambda_version: str
    asked_at: datetime
    expires_at: datetime
    asked_by: str | None
    second_person: bool
    token: str
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    why: str | None = None
    revision: int = 0


class Approvals(Protocol):
    """Stores the approvals of one model, one for each run that asked for one."""

    def find(self, run_id: str) -> Approval | None:
        """The approval of a run, never an older state of it; None where the run asked for none."""
        ...

    def newest(self, limit: int) -> list[Approval]:
        """Up to ``limit`` approvals, those of the newest runs first."""
        ...

    def replace(self, approval: Approval) -> Approval:
        """Writes what follows the revision of ``approval``, and returns it as it is kept.

        Raises:
            Conflict: it has another revision by now; read again and decide again.
        """
        ...
