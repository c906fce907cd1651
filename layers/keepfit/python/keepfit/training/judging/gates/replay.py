"""The gate of logged requests: the candidate answers each, and most like the champion."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence, LoggedRequests

_MAX_DETAILS = 20


def _judge(evidence: Evidence) -> Verdict | None:
    gates, served = evidence.gates, evidence.answers.candidate
    if not gates.replay_requests or served is None:
        return None
    logged = served.logged_requests(gates.replay_requests)
    if not logged.requests:
        return None
    share = len(logged.changed) / logged.compared if logged.compared else None
    return Verdict(
        gate="replay",
        passed=not logged.refused and (share is None or share <= gates.max_changed_share),
        reason=_reason(logged, share, gates.max_changed_share),
        value=share,
        limit=gates.max_changed_share,
        details=[*logged.refused, *logged.changed][:_MAX_DETAILS],
    )


def _reason(logged: LoggedRequests, share: float | None, limit: float) -> str:
    asked = f"of {logged.requests:,} logged requests it refuses {len(logged.refused):,}"
    if share is None:
        return f"{asked}; none can be compared with the champion"
    return f"{asked} and answers {share:.1%} of {logged.compared:,} otherwise than the champion; up to {limit:.1%} may"


GATE = _judge
