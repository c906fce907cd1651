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
from cli.rendering.drift_tables import Found, drift_tables
from keepfit.errors import InvalidDefinition
from keepfit.monitoring.request import read_request
from keepfit.views.closure import read_closure
from keepfit.views.drift import Drift, read_drift
from keepfit.views.timeline.since import drifted_since


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
    whom: Annotated[
        bool,
        typer.Option(
            "--whom",
            help="Read the window's requests, too: which of them moved, what those have in common, and some of them.",
        ),
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page with plots.")] = None,
) -> Shown:
    """The newest drift report; with --run or --window, one made now."""
    report = _made_now(deployment, model, window) if run or window else read_drift(deployment.stores(model))
    if report is None:
        raise CommandError(
            f"the monitor of {model} has not run yet; run it with `keepfit drift {model} --run`",
            Exit.NOT_FOUND,
        )
    stores = deployment.stores(model)
    found = Found(report=report, since=drifted_since(stores, report), closure=read_closure(stores))
    if whom:
        from cli.commands.whom import affected_by  # noqa: PLC0415  computes

        found = msgspec.structs.replace(found, affected=affected_by(deployment, report))
    if html is not None:
        from cli.rendering.drift_page import drift_page  # noqa: PLC0415  a second, for who wants plots

        html.write_text(drift_page(found), encoding="utf-8")
    hints = [f"The report with plots: {html}"] if html else []
    if report.drifted and not whom:
        hints.append(f"For whom: keepfit drift {model} --whom. How it came about: keepfit timeline {model}")
    return Shown(
        document={
            **msgspec.structs.asdict(report),
            "since": found.since,
            "affected": found.affected,
            "closure": found.closure,
        },
        parts=drift_tables(found),
        hints=tuple(hints),
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
