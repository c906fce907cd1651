"""The gate of golden requests: the release gives the answers of its registration, over HTTPS."""

from __future__ import annotations

from keepfit.registry.release_report import ReleaseReport
from keepfit.registry.verdicts import Verdict


def _judge(report: ReleaseReport) -> Verdict:
    problems = [each.problem for each in report.requests if each.by == "golden" and each.problem is not None]
    reason = problems[0] if problems else "over HTTPS it gives the answers of its registration"
    return Verdict(
        gate="golden",
        passed=not problems,
        reason=reason,
        value=float(len(problems)),
        limit=0.0,
        details=problems,
    )


GATE = _judge
