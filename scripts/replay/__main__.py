"""`scripts/demo`: a year of flights through the deployed product on the embedded cloud."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.checkout import state_folder
from cli.clients.token import bearer_token
from cli.commands.timeline import with_performance
from cli.framework.command import reported
from cli.places.bring_up import bring_up
from cli.places.deployment import Deployment
from cli.rendering.timeline_page import timeline_page
from keepfit.views.timeline.period import Asked
from keepfit.views.timeline.timeline import read_timeline
from localcloud.cloud import Cloud
from replay import report_html
from replay.client import PredictionClient
from replay.flights import Year
from replay.play import MODEL, Play
from replay.results import YearResult, day_table, table

CLOUD_NAME = "demo"
SAMPLE = 2000
MONTHS, QUICK_MONTHS = range(3, 13), range(3, 6)


def demo(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Play three months instead of ten.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Send every flight, not 2,000 a month.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the embedded cloud up afterwards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
    seed: Annotated[int, typer.Option(help="Which flights are drawn; a seed's year is always the same.")] = 0,
    report: Annotated[Path | None, typer.Option(help="Where the HTML report goes.")] = None,
) -> None:
    """Plays 2013 by months: upload, train, release, predict, drift, retrain; then a day live."""
    with reported(as_json=as_json):
        _demo(
            QUICK_MONTHS if quick else MONTHS,
            None if every else SAMPLE,
            seed,
            report,
            keep=keep,
            as_json=as_json,
        )


def _demo(
    months: range, sample: int | None, seed: int, report: Path | None, *, keep: bool, as_json: bool
) -> None:
    start = time.monotonic()
    console = Console(stderr=True)
    cloud = Cloud(name=CLOUD_NAME, root=state_folder())
    page, request = report or state_folder() / "demo.html", state_folder() / "request.json"
    timeline = page.with_name(f"{page.stem}-timeline.html")
    year = Year(seed)
    shown = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*shown, console=console, transient=True) as progress:
            deployment, play = _deployment(cloud, progress, year, sample)
            result = play.run(list(months), seed)
            page.write_text(report_html.year_page(result, play.threshold()), encoding="utf-8")
            timeline.write_text(_timeline(deployment, result.months[0].month), encoding="utf-8")
            request.write_text(json.dumps({"instances": year.sample(12, 3).instances}))
    finally:
        if not keep:
            cloud.down()
    _show(result, as_json=as_json)
    console.print(f"\nDone in {time.monotonic() - start:.0f} s. The year as plots: {page}", soft_wrap=True)
    console.print(f"The timeline of its model: {timeline}", soft_wrap=True)
    _say_what_next(console, deployment, request, kept=keep)


def _deployment(cloud: Cloud, progress: Progress, year: Year, sample: int | None) -> tuple[Deployment, Play]:
    step = progress.add_task("getting ready", total=None)

    def tell(text: str) -> None:
        progress.update(step, description=text)
        if not progress.console.is_terminal:
            progress.console.print(text, soft_wrap=True)

    deployment = bring_up(cloud, tell, fresh=True)
    client = PredictionClient(
        deployment.predict_url(MODEL), lambda: bearer_token(deployment), deployment.place.ca_bundle
    )
    return deployment, Play(deployment=deployment, year=year, client=client, sample=sample, tell=tell)


def _timeline(deployment: Deployment, month: int) -> str:
    """The page of `keepfit timeline`, from the first month on that clients asked in."""
    asked = Asked(first=datetime(2013, month, 1, tzinfo=UTC))
    return timeline_page(with_performance(deployment, read_timeline(deployment.stores(MODEL), asked)))


def _show(result: YearResult, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result.document(), indent=2))
    else:
        Console().print(table(result))
        Console().print(day_table(result.real_time))


def _say_what_next(console: Console, deployment: Deployment, request: Path, *, kept: bool) -> None:
    if not kept:
        console.print("The embedded cloud is down; `scripts/demo --keep` leaves it up to look around in.")
        return
    lines = [
        "The embedded cloud is still up. Try next:",
        f"  export KEEPFIT_PLACE=local:{CLOUD_NAME} PATH=$PWD/.venv/bin:$PATH",
        "  keepfit status",
        f"  keepfit timeline {MODEL}",
        f"  keepfit ledger {MODEL}",
        f'  curl --cacert {quote(str(deployment.place.ca_bundle))} -H "authorization: Bearer $(keepfit token)" \\',
        f"    -d {quote(f'@{request}')} {quote(deployment.predict_url(MODEL))}",
        f"  keepfit local down --name {CLOUD_NAME}",
    ]
    console.print("\n".join(lines), soft_wrap=True, highlight=False)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command()(demo)
    app(prog_name="scripts/demo")
