"""The replay decision: promote or roll back by requests replayed to champion and challenger."""

from __future__ import annotations

import msgspec

from keepfit.serving.release.canary import CanaryVerdict, Verdict, is_slower
from keepfit.serving.release_definition import ReleaseDefinition


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long answers took, in milliseconds, as seen by the function that asked."""

    median_ms: float
    p95_ms: float


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of champion and challenger to the same ``logged`` requests and ``holdout`` rows.

    ``failures`` and ``refusals`` (HTTP 4xx) are the challenger's, ``champion_failures`` and ``champion_refusals`` the
    champion's; ``latency`` is None where nothing was answered. Where both answered, ``compared`` counts the requests,
    ``changed`` those with another decision, and ``mean_difference`` is in the task's own measure.
    """

    champion: int
    challenger: int
    logged: int
    holdout: int
    failures: int = 0
    refusals: int = 0
    champion_failures: int = 0
    champion_refusals: int = 0
    latency: Latency | None = None
    champion_latency: Latency | None = None
    compared: int = 0
    changed: int = 0
    mean_difference: float | None = None
    problem: str | None = None

    @property
    def requests(self) -> int:
        """How many requests each was asked."""
        return self.logged + self.holdout


def judge_replay(definition: ReleaseDefinition, report: ReplayReport, *, undecided: str) -> CanaryVerdict:
    """Promotes a challenger that answers, about as fast as the champion, and mostly decides like it.

    Args:
        definition: the model's limits.
        report: what both answered.
        undecided: why live requests did not decide.

    >>> report = ReplayReport(champion=1, challenger=2, logged=9, holdout=0, failures=9)
    >>> judge_replay(ReleaseDefinition(), report, undecided="3 of 100 requests in 6h").verdict
    'roll back'
    """
    verdict, because = _judge(definition, report)
    return CanaryVerdict(
        verdict=verdict,
        reason=f"decided by replay ({undecided}): {because}",
        requests=report.requests,
        failures=report.failures,
    )


def judge_shadow(definition: ReleaseDefinition, report: ReplayReport) -> CanaryVerdict:
    """Judges a shadow: its canary begins unless it fails, dawdles or decides otherwise on copies."""
    if not report.requests:
        return CanaryVerdict(
            verdict="promote", reason="in its shadow no client asked anything", requests=0, failures=0
        )
    verdict, because = _judge(definition, report)
    return CanaryVerdict(
        verdict=verdict,
        reason=f"in its shadow: {because}",
        requests=report.requests,
        failures=report.failures,
    )


def _judge(definition: ReleaseDefinition, report: ReplayReport) -> tuple[Verdict, str]:
    if not report.requests:
        return "roll back", "no request is logged and no row of a holdout is left that could be asked"
    asked = f"{report.logged} logged requests and {report.holdout} rows of the holdout"
    problem = f"; the first: {report.problem}" if report.problem else ""
    if report.failures > definition.max_failure_share * report.requests:
        limit = f"up to {definition.max_failure_share:.1%} may"
        return "roll back", f"{report.failures} of {asked} failed, {limit}{problem}"
    if report.latency is None:
        return "roll back", f"it answered none of {asked}{problem}"
    told = f"{asked}, {report.failures} failed, {report.refusals} were refused"
    if report.champion_latency:
        medians = report.latency.median_ms, report.champion_latency.median_ms
        told += f"; median {medians[0]:.1f} ms beside {medians[1]:.1f} ms"
        if is_slower(definition, *medians):
            return "roll back", f"{told}, which is more than {definition.max_slowdown:g} times as long"
    if report.compared:
        share = report.changed / report.compared
        told += f"; {share:.1%} of {report.compared} are decided otherwise"
        if share > definition.max_changed_share:
            return "roll back", f"{told}, up to {definition.max_changed_share:.1%} may"
        if report.mean_difference is not None:
            told += f", mean difference {report.mean_difference:.4g}"
    return "promote", told
