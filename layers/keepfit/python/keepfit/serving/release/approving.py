"""Approving: a release that was tested waits for a person, whose decision lets its execution go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.errors import InvalidRequest, NotFound
from keepfit.events import APPROVAL_ASKED, Events
from keepfit.registry.approvals import Approval, Approvals, Verdict
from keepfit.registry.ledger import Entry, Ledger, Move, append_note, champion_in
from keepfit.serving.release.ports import RoutingReader, WaitingExecutions

ASKED: Final = "ask approval"
REFUSED_ERROR: Final = "ApprovalRefused"
"""The name of the error that ends the wait of the state machine where a person refused."""
_ACTIONS: Final[Mapping[str, str]] = {
    "approved": "approve",
    "refused": "refuse",
    "expired": "approval expired",
}
_WHO_ASKS: Final = "training run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """Asks for approvals, and decides them; every step may be repeated.

    What was decided is written before the execution learns of it: one that was not told is told by the same decision,
    made once more.
    """

    model: str
    approvals: Approvals
    executions: WaitingExecutions
    ledger: Ledger
    live: RoutingReader
    events: Events
    now: Callable[[], datetime]

    def ask(self, asked: Approval) -> Approval | None:
        """Asks for an approval; None where none is needed, since this version serves already.

        A step that is tried again waits by its new token, and what was decided meanwhile ends its wait.
        """
        if champion_in(self.ledger.entries()) == asked.version:
            self.executions.go_on(asked.token, {"decision": "not needed"})
            return None
        known = self.approvals.find(asked.run_id)
        if known is not None:
            waiting = msgspec.structs.replace(known, token=asked.token)
            approval = self.approvals.replace(waiting)
        else:
            approval = self.approvals.replace(asked)
        self._note(approval, ASKED, who=approval.asked_by or _WHO_ASKS, why=_until(approval))
        if approval.decision is None:
            self._announce(approval)
        else:
            self._tell(approval)
        return approval

    def decide(self, run_id: str, verdict: Verdict, *, who: str, why: str) -> Approval:
        """Decides, and lets the execution go on or end.

        Raises:
            Conflict: somebody else decides at this moment.
            InvalidRequest: it was decided otherwise, its time is over, or this person may not.
            NotFound: the run waits for no approval.
        """
        approval = self.approvals.find(run_id)
        if approval is None:
            raise NotFound(
                f"run {run_id} of {self.model} asked for no approval; `keepfit approvals {self.model}` lists those "
                "that did"
            )
        if approval.decision is None:
            self._refuse_where_barred(approval, who)
            approval = self._decided(approval, verdict, who=who, why=why)
        elif approval.decision != verdict:
            raise InvalidRequest(_decided_already(approval), code="decided_already")
        self._note(approval, _ACTIONS[verdict], who=approval.decided_by or who, why=approval.why or why)
        try:
            self._tell(approval)
        except NotFound as gone:
            if approval.version == champion_in(self.ledger.entries()):
                return approval
            raise InvalidRequest(
                f"the decision is on record, and run {run_id} waits for it no longer: its time was over, or it was "
                "stopped; train again, or release the version again",
                code="not_waiting",
            ) from gone
        return approval

    def expire(self, run_id: str) -> Approval | None:
        """Records that no decision came in time; one that was made stays as it is."""
        approval = self.approvals.find(run_id)
        if approval is None or approval.decision is not None:
            return approval
        expired = msgspec.structs.replace(approval, decision="expired", decided_at=self.now())
        kept = self.approvals.replace(expired)
        self._note(
            kept, _ACTIONS["expired"], who=_WHO_ASKS, why=f"nobody decided until {_minute(kept.expires_at)}"
        )
        return kept

    def _decided(self, approval: Approval, verdict: Verdict, *, who: str, why: str) -> Approval:
        decided = msgspec.structs.replace(
            approval, decision=verdict, decided_at=self.now(), decided_by=who, why=why
        )
        return self.approvals.replace(decided)

    def _refuse_where_barred(self, approval: Approval, who: str) -> None:
        if self.now() >= approval.expires_at:
            raise InvalidRequest(
                f"version {approval.version} of {self.model} waited for an approval until "
                f"{_minute(approval.expires_at)}: the champion stays; train again, or release the version again",
                code="approval_expired",
            )
        if approval.second_person and who == approval.asked_by:
            raise InvalidRequest(
                f"{who} asked for run {approval.run_id}, and release.second_person wants another person to decide",
                code="second_person",
            )

    def _tell(self, approval: Approval) -> None:
        """Ends the wait of the execution. Raises NotFound where it waits no longer."""
        if approval.decision == "approved":
            told = {"decision": "approved", "by": approval.decided_by, "why": approval.why}
            return self.executions.go_on(approval.token, told)
        cause = f"{approval.decided_by}: {approval.why}" if approval.decided_by else _until(approval)
        return self.executions.end(approval.token, error=REFUSED_ERROR, cause=cause)

    def _announce(self, approval: Approval) -> None:
        detail: dict[str, Any] = {
            "model": self.model,
            "version": approval.version,
            "run_id": approval.run_id,
            "asked_at": msgspec.to_builtins(approval.asked_at),
            "asked_by": approval.asked_by,
            "expires_at": msgspec.to_builtins(approval.expires_at),
        }
        self.events.put(APPROVAL_ASKED, detail)

    def _note(self, approval: Approval, action: str, *, who: str, why: str) -> None:
        """Appends a note to the ledger, once for a run and an action."""

        def note(entries: Sequence[Entry]) -> Move | None:
            if any((entry.run_id, entry.action) == (approval.run_id, action) for entry in entries):
                return None
            # Before the first release the alias is where the stack made it, and no entry says so.
            revision = entries[-1].revision if entries else self.live.read().revision
            return Move(
                at=self.now(),
                action=action,
                version=approval.version,
                lambda_version=approval.lambda_version,
                previous_version=champion_in(entries),
                weight=0.0,
                who=who,
                why=why,
                run_id=approval.run_id,
                revision=revision,
                replaced_revision=revision,
            )

        append_note(self.ledger, note)


def _until(approval: Approval) -> str:
    return f"to be approved until {_minute(approval.expires_at)}"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _decided_already(approval: Approval) -> str:
    who = f" by {approval.decided_by}: {approval.why}" if approval.decided_by else ""
    return f"version {approval.version} of run {approval.run_id} is {approval.decision} already{who}"
