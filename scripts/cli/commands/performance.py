"""`keepfit performance`: how well a model does on what came true, and is estimated to do."""

from __future__ import annotations

from enum import StrEnum
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
from cli.rendering.performance_tables import performance_tables
from keepfit.errors import InvalidDefinition
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.monitoring.outcomes.request import read_performance_request
from keepfit.views.closure import read_closure


class By(StrEnum):
    """What a report is parted by."""

    VERSION = "version"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@at_place
def performance(
    deployment: Deployment,
    model: OneModel,
    window: Annotated[
        str | None,
        typer.Option(
            help="How far to look back from the newest request, such as 30d; monitoring.window by default."
        ),
    ] = None,
    by: Annotated[
        By, typer.Option(help="One line for each version, or for each version in each hour, day or week.")
    ] = By.VERSION,
    as_of: Annotated[
        str | None, typer.Option(help="Leave out outcomes that were known later, ISO 8601; now by default.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page with a plot.")] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.parquet",
            help="Write the requests that have an outcome as rows of the model's dataset, to be uploaded.",
        ),
    ] = None,
) -> Shown:
    """How well each version does on what came true, and is estimated to do; counts every outcome."""
    report = _told_apart(deployment, _measured(deployment, model, window, by, as_of))
    if html is not None:
        from cli.rendering.performance_page import performance_page  # noqa: PLC0415  for who wants plots

        html.write_text(performance_page(report), encoding="utf-8")
    hints = (f"The report with a plot: {html}",) if html else ()
    if not report.dataset:
        hints = (*hints, f"[model.{model}.outcomes] tells what came true: see docs/how-to/send-outcomes.md")
    if rows is not None:
        from cli.commands.labelled_rows import write_rows  # noqa: PLC0415  DuckDB takes a while

        hints = (*hints, write_rows(deployment, report, rows))
    closure = read_closure(deployment.stores(model))
    return Shown(
        document={**msgspec.structs.asdict(report), "closure": closure},
        parts=(*performance_tables(report), *closure_section(closure)),
        hints=hints,
    )


def _measured(
    deployment: Deployment, model: str, window: str | None, by: By, as_of: str | None
) -> PerformanceReport:
    """A report that is made now, of all that was logged and told so far."""
    given = {"window": window, "by": None if by is By.VERSION else by.value, "as_of": as_of}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        read_performance_request(asked)
    except InvalidDefinition as error:
        named = str(error).replace('"window":', "--window").replace('"as_of":', "--as-of")
        raise CommandError(named, Exit.USAGE) from error
    with working(f"measuring {model}"):
        answer = invoke(deployment.model(model)["MonitorFunction"], {"performance": asked})
    return msgspec.convert(answer, PerformanceReport)


def _told_apart(deployment: Deployment, report: PerformanceReport) -> PerformanceReport:
    """Counts the unknown outcomes that are of predictions of other models, where no monitor may look."""
    if report.window is None or not report.told.unknown_ids:
        return report
    from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions  # noqa: PLC0415  rarely needed

    foreign = {}
    for other in deployment.models:
        if other != report.model:
            index = ParquetPredictions(files=deployment.lake, model=other)
            foreign[other] = len(index.held(report.told.unknown_ids, *report.window))
    return msgspec.structs.replace(report, foreign={name: count for name, count in foreign.items() if count})
