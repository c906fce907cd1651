"""The performance of a model as tables: versions by period, and counts of outcomes."""

from __future__ import annotations

from typing import Any, Final

from cli.rendering.tables import facts, span, table
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.report import PerformanceReport, VersionPerformance

MEANINGS: Final = {
    "matched": "the outcome that counts of a prediction, or of several, of this time",
    "elsewhere": "of a prediction of another time",
    "unknown": "no prediction of this model has the id, or its log is not delivered yet",
    "foreign": "of those, predictions of another model have the id",
    "unasked": "nobody asked for a prediction of it in this time",
    "duplicates": "another, known later, says the same",
    "corrected": "another, known later, says otherwise, and counts in its place",
}
"""Of the counts of outcomes."""


def performance_tables(report: PerformanceReport) -> tuple[Any, ...]:
    """The report in three parts."""
    return _facts(report), _versions(report), _outcomes(report)


def counted_outcomes(report: PerformanceReport) -> list[tuple[str, int, str]]:
    """Counts of outcomes above 0: name, number and meaning."""
    told = report.told
    counts = {name: getattr(told, name) for name in MEANINGS if name in ToldOutcomes.__struct_fields__}
    if report.foreign is not None:
        counts["foreign"] = sum(report.foreign.values())
    return [(name, counts[name], meaning) for name, meaning in MEANINGS.items() if counts.get(name)]


def _facts(report: PerformanceReport) -> Any:
    window = [f"{instant:%Y-%m-%d %H:%M}" for instant in report.window or ()]
    pairs = [
        ("predictions", f"{' to '.join(window)} by event time" if window else "none was collected yet"),
        (
            "outcomes",
            f"version {report.dataset_version} of {report.dataset}" if report.dataset_version else "none",
        ),
        ("known by", report.as_of),
        ("expected within", report.expected_within),
        ("champion", report.champion and f"version {report.champion}"),
        ("foreign to", report.foreign or None),
        ("estimates", honest(report)),
    ]
    return facts(
        f"Performance of {report.model}", [(name, value) for name, value in pairs if value is not None]
    )


def _versions(report: PerformanceReport) -> Any:
    late = report.expected_within is not None
    shows_estimates = any(each.estimated or each.checked for each in report.versions)
    columns = ["version", "predictions", "outcomes", *(["late", "overdue"] if late else []), "pending"]
    rows = [
        (
            *([f"{each.period:%Y-%m-%d %H:%M}"] if each.period else []),
            each.version,
            each.predictions,
            each.outcomes,
            *([each.late, each.overdue] if late else []),
            each.pending,
            each.value,
            span(each.interval),
            *(_estimated(each) if shows_estimates else []),
            each.judged,
            each.note,
        )
        for each in report.versions
    ]
    return table(
        f"On what came true, {report.metric}",
        [
            *([report.by] if report.by else []),
            *columns,
            report.metric,
            "95 % interval",
            *(["estimated", "95 % of it", "off by"] if shows_estimates else []),
            "when judged",
            "not measured",
        ],
        rows,
        empty="no prediction in this time",
    )


def _estimated(each: VersionPerformance) -> list[Any]:
    """The estimate for all predictions, and its error on those with an outcome."""
    held = {True: "held", False: "missed"}
    return [
        each.estimated and each.estimated.value,
        span(each.estimated.interval) if each.estimated else None,
        f"{each.checked.error:+.4f}, {held[each.checked.held]}" if each.checked else None,
    ]


def honest(report: PerformanceReport) -> str | None:
    """How honest estimates were, in words."""
    found = report.honesty
    if found is None:
        return None
    return (
        f"off by {found.mean_absolute_error:.4f} on average; {found.held:.0%} of {found.checked:,} intervals held what "
        "came true, of which 95 % are to"
    )


def _outcomes(report: PerformanceReport) -> Any:
    title = f"Outcomes, {report.told.rows:,} rows"
    return table(
        title, ["outcomes", "rows", "what that means"], counted_outcomes(report), empty="none was told"
    )
