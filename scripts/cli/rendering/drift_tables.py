"""A drift report as tables: what moved, for whom, since when, and what was done about it."""

from __future__ import annotations

from typing import Any

import msgspec

from cli.rendering.closure_section import closure_section
from cli.rendering.tables import facts, table
from cli.rendering.whom_tables import since_words, whom_tables
from keepfit.monitoring.estimation.estimate import estimated_words
from keepfit.monitoring.reports.report import ColumnDrift
from keepfit.views.closure import Closure
from keepfit.views.drift import Drift
from keepfit.views.timeline.since import DriftedSince

_TOLD_BY = 5


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A report and what else is known of its drift; ``affected`` is None without a look at requests."""

    report: Drift
    since: dict[str, DriftedSince]
    closure: Closure
    affected: Any = None


def drift_tables(found: Found) -> tuple[Any, ...]:
    """The report in parts."""
    report = found.report
    return (
        _facts(report, found.since),
        _columns(report),
        *_segments(report),
        *whom_tables(found.affected or []),
        *closure_section(found.closure),
    )


def _facts(report: Drift, since: dict[str, DriftedSince]) -> Any:
    window = [f"{instant:%Y-%m-%d %H:%M}" for instant in report.window or ()]
    broken = report.collected.broken
    pairs: list[tuple[str, Any]] = [
        ("ran", report.ran_at),
        ("requests", f"{' to '.join(window)} by event time" if window else None),
        ("answered by", {f"version {v}:": rows for v, rows in report.rows_by_version.items()}),
        ("reference", f"training data of version {report.champion}" if report.champion else None),
        ("decided by", report.drift.decision if report.drift else None),
        ("estimated", report.estimated and estimated_words(report.estimated)),
        ("nothing compared", report.nothing_compared),
        ("alarm stands since", report.alarm_standing_since),
        *((f"{name} has drifted", since_words(each)) for name, each in since.items()),
        ("broken log parts", f"{broken}: {'; '.join(report.collected.reasons)}" if broken else None),
    ]
    columns = report.drift.columns if report.drift else []
    told = [("told apart by", _told_by(column)) for column in columns if column.told_by]
    return facts(
        f"Drift of {report.model}",
        [(name, value) for name, value in (*pairs, *told) if value not in (None, {}, "")],
    )


def _told_by(column: ColumnDrift) -> dict[str, str]:
    """The columns, and pairs of them, that tell the window from the training data."""
    return {f"{name}:": f"{share:.0%}" for name, share in list(column.told_by.items())[:_TOLD_BY]}


def _columns(report: Drift) -> Any:
    columns = report.drift.columns if report.drift else []
    rows = [
        (c.column, c.drift_score, c.statistic, c.value, "ignored" if c.ignored else c.drifted, c.rows)
        for c in columns
    ]
    title = f"Drift by column, threshold {report.threshold:g}"
    return table(
        title,
        ["column", "drift score", "statistic", "value", "drifted", "rows"],
        rows,
        empty="nothing was judged",
    )


def _segments(report: Drift) -> list[Any]:
    """The segments that drifted, or else that none did; nothing for a model without any."""
    segments = report.drift.segments if report.drift else None
    if segments is None:
        return []
    drifted = segments.segments[: len(segments.drifted)]
    rows = [(each.segment, each.drift_score, each.column, each.value, each.rows) for each in drifted]
    title = f"Drifted segments by {segments.by}, of {segments.compared:,} with rows enough"
    return [table(title, ["segment", "drift score", "column", "by itself", "rows"], rows)]
