"""A drift report as one self-contained HTML page, the worst column first."""

from __future__ import annotations

from datetime import datetime

from keepfit.monitoring.estimation.estimate import estimated_words
from keepfit.monitoring.reports.report import ColumnDrift, MonitoringReport, SegmentsDrift
from keepfit.monitoring.reports.shown_bins import shown_bins
from keepfit.pages.markup import Html, Inside, element
from keepfit.pages.page import details, facts, keys, page, section, table, verdict
from keepfit.pages.plots.bars import CLASSES as BAR_CLASSES
from keepfit.pages.plots.bars import paired

_NAMES = ("training data", "window")
_TOLD_BY = ("column", "share")
_MEASURED = ("statistic", "value", "by chance alone", "drifted from")


def to_html(report: MonitoringReport, *more: Inside) -> str:
    """Renders the page; bars are shares of rows, grey of the training data, coloured of the window.

    Args:
        report: what was compared.
        more: what else is known of it, between the facts and the columns.
    """
    columns = report.drift.columns if report.drift else []
    skipped = report.drift.skipped if report.drift else {}
    title = f"Drift of {report.model}"
    return page(
        title,
        element("h1", title),
        element("p", _verdict(report)),
        facts(_facts(report)),
        *more,
        keys(zip(_NAMES, BAR_CLASSES, strict=True)) if columns else None,
        element("div", (_column(column, report.threshold) for column in columns), class_="grid"),
        _segments(report.drift.segments) if report.drift and report.drift.segments else None,
        section("Not judged", facts(skipped.items())),
        element("section", report.method, class_="soft"),
        element("section", report.estimated.method, class_="soft") if report.estimated else None,
    )


def _verdict(report: MonitoringReport) -> Html | str:
    if report.drift is None or report.drift.worst is None:
        return f"Nothing was compared: {report.nothing_compared or 'no column could be judged'}."
    drifted = report.drift.drifted
    if not drifted:
        return verdict("No input has drifted.", good=True)
    return verdict(f"{len(drifted)} drifted: {', '.join(drifted)}.", good=False)


def _facts(report: MonitoringReport) -> list[tuple[str, str]]:
    rows = ", ".join(f"{count:,} of version {version}" for version, count in report.rows_by_version.items())
    return [
        ("Window", " to ".join(_minute(instant) for instant in report.window) if report.window else "none"),
        ("Requests", rows or "none"),
        ("Reference", f"training data of version {report.champion}" if report.champion else "none"),
        ("Threshold", f"drift score {report.threshold:g}"),
        *([("Decided by", report.drift.decision)] if report.drift and report.drift.decision else []),
        *([("Estimated", estimated_words(report.estimated))] if report.estimated else []),
        ("Ran at", _minute(report.ran_at)),
    ]


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _column(column: ColumnDrift, threshold: float) -> Html | None:
    note = " (ignored)" if column.ignored else ""
    bins = shown_bins(column.labels, column.reference, column.current)
    figures = [(each.label, f"{each.before:.1%}", f"{each.after:.1%}") for each in bins]
    return section(
        column.column,
        element(
            "p",
            verdict(f"drift score {column.drift_score:.3f}", good=not column.drifted),
            element("span", f" of {threshold:g}{note}, {column.rows:,} rows", class_="soft"),
        ),
        paired(bins, of=column.column, names=_NAMES),
        details("Figures", table(["bin", *_NAMES], figures, numeric=_NAMES)),
        details("Statistics", table(_MEASURED, _measured(column), numeric=_MEASURED[1:])),
        details("Told apart by", table(_TOLD_BY, _told_by(column), numeric=_TOLD_BY[1:]))
        if column.told_by
        else None,
    )


def _told_by(column: ColumnDrift) -> list[tuple[str, str]]:
    return [(name, f"{share:.1%}") for name, share in column.told_by.items()]


def _measured(column: ColumnDrift) -> list[tuple[str, str, str, str]]:
    """Every statistic that was looked at; one without a threshold decided nothing."""
    return [
        (
            each.statistic,
            f"{each.value:.4g}",
            f"{each.expected:.4g}",
            "" if each.threshold is None else f"{each.threshold:.4g}",
        )
        for each in column.measured
    ]


def _segments(drift: SegmentsDrift) -> Html | None:
    """The segments that drifted, and the worst of the others."""
    rows = [
        [each.segment, f"{each.drift_score:.3f}", each.column, f"{each.value:.3f}", f"{each.rows:,}"]
        for each in drift.segments
    ]
    words = (
        f"{len(drift.drifted):,} of {drift.compared:,} segments drifted; {drift.too_few:,} have too few rows. Each "
        "score is drawn to the mean of all segments by how unsure the rows of the segment leave it."
    )
    columns = ["segment", "drift score", "column", "by itself", "rows"]
    listed = table(columns, rows, numeric=("drift score", "by itself", "rows")) if rows else None
    return section(f"Segments by {drift.by}", element("p", words), listed)
