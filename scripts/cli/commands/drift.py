"""`keepfit drift`: how far the requests of a model moved from what it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.rendering.closure_section import closure_section
from cli.rendering.tables import facts, table
from keepfit.errors import InvalidDefinition
from keepfit.monitoring.estimation.estimate import estimated_words
from keepfit.monitoring.reports.report import ColumnDrift
from keepfit.monitoring.request import read_request
from keepfit.views.closure import read_closure
from keepfit.views.drift import Drift, read_drift

_TOLD_BY = 5


@at_place
def drift(
    deployment: Deployment,
    model: OneModel,
    run: Annotated[
        bool, typer.Option("--run", help="Run the monitor first; the result sets the alarms.")
    ] = False,
    window: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="START END",
            help="Compare the requests of this time instead, by event time (ISO 8601); the alarms stay as they are.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page with plots.")] = None,
) -> Shown:
    """The newest drift report; with --run or --window, one made now."""
    report = _made_now(deployment, model, window) if run or window else read_drift(deployment.stores(model))
    if report is None:
        raise CommandError(
            f"the monitor of {model} has not run yet; run it with `keepfit drift {model} --run`",
            Exit.NOT_FOUND,
        )
    if html is not None:
        from keepfit.monitoring.reports.report_html import to_html  # noqa: PLC0415  a second, for who wants plots

        html.write_text(to_html(report), encoding="utf-8")
    hints = (f"The report with plots: {html}",) if html else ()
    closure = read_closure(deployment.stores(model))
    return Shown(
        document={**msgspec.structs.asdict(report), "closure": closure},
        parts=(_facts(report), _columns(report), *_segments(report), *closure_section(closure)),
        hints=hints,
    )


def _made_now(deployment: Deployment, model: str, window: tuple[str, str] | None) -> Drift | None:
    event: dict[str, Any] = {"window": list(window)} if window else {}
    try:
        read_request(event)
    except InvalidDefinition as error:
        raise CommandError(str(error).replace('"window":', "--window"), Exit.USAGE) from error
    with working(f"monitoring {model}"):
        answer = invoke(deployment.model(model)["MonitorFunction"], event)
    return read_drift(deployment.stores(model), str(answer["report"]))


def _facts(report: Drift) -> Any:
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
