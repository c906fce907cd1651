"""The gate of system tests: over HTTPS the release refuses as documented, and answers as expected."""

from __future__ import annotations

from keepfit.registry.release_report import ReleaseReport
from keepfit.registry.verdicts import Verdict


def _judge(report: ReleaseReport) -> Verdict:
    asked = [request for request in report.requests if request.by != "golden"]
    problems = report.problems("refusal", "lookup", "expected")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    took = f"the first answer took {report.cold_ms:.0f} ms, the second {report.warm_ms:.1f} ms"
    return Verdict(
        gate="system_tests",
        passed=not problems,
        reason=f"{problems[0]}{more}" if problems else f"all {len(asked)} are passed; {took}",
        value=float(len(problems)),
        limit=0.0,
        details=problems,
    )


GATE = _judge
