"""`scripts/demo`: a year of flights through the deployed product on the embedded cloud."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer
from localcloud.cloud import Cloud
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from replay import report_html
from replay.client import PredictionClient
from replay.flights import Year
from replay.play import Play
from replay.prepare import MODEL, ROOT, bring_up
from replay.results import YearResult, table
from replay.site import Site
from replay.token import bearer_token

CLOUD_NAME = "demo"
SAMPLE = 2000


def demo(
    quick: Annotated[bool, typer.Option("--quick", help="Play three months instead of ten.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Send every flight of a month, not a sample of 2,000.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the embedded cloud up afterwards.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON document on stdout.")
    ] = False,
    seed: Annotated[
        int, typer.Option(help="Which flights are drawn; the same seed gives the same year.")
    ] = 0,
    report: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = ROOT
    / ".keepfit"
    / "demo.html",
) -> None:
    """Plays 2013 month by month: upload, train, release, predict, drift, alarm, retrain."""
    start = time.monotonic()
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    progress = Console(stderr=True)
    cloud = Cloud(name=CLOUD_NAME, root=ROOT / ".keepfit")
    try:
        site, result, threshold = _play(
            cloud, progress, range(3, 6) if quick else range(3, 13), None if every else SAMPLE, seed
        )
    finally:
        if not keep:
            cloud.down()
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(report_html.page(result, threshold))
    if as_json:
        print(json.dumps(result.document(), indent=2))
    else:
        Console().print(table(result))
    _say_what_next(progress, site, report, keep, time.monotonic() - start)


def _play(
    cloud: Cloud, console: Console, months: range, sample: int | None, seed: int
) -> tuple[Site, YearResult, float]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        step = progress.add_task("getting ready", total=None)

        def tell(text: str) -> None:
            progress.update(step, description=text)
            if not console.is_terminal:
                console.print(text)

        site = bring_up(cloud, tell)
        client = PredictionClient(site.predict_url, lambda: bearer_token(site), site.endpoint.ca_bundle)
        play = Play(site=site, year=Year(seed), client=client, sample=sample, tell=tell)
        return site, play.run(list(months), seed), play.threshold()


def _say_what_next(console: Console, site: Site, report: Path, kept: bool, seconds: float) -> None:
    console.print(f"\nDone in {seconds:.0f} s. The year as plots: {report}")
    if not kept:
        console.print("The embedded cloud is down; `scripts/demo --keep` leaves it up to look around in.")
        return
    console.print("The embedded cloud is still up. Try next:")
    console.print(f"  .venv/bin/keepfit status --place local:{CLOUD_NAME}")
    console.print(f"  .venv/bin/keepfit ledger {MODEL} --place local:{CLOUD_NAME}")
    console.print(
        f'  curl --cacert {site.endpoint.ca_bundle} -H "authorization: Bearer $(.venv/bin/keepfit token --place local:{CLOUD_NAME})" '
        f"-d @request.json {site.predict_url}",
        soft_wrap=True,
    )
    console.print(f"  .venv/bin/keepfit local down --name {CLOUD_NAME}")


if __name__ == "__main__":
    typer.run(demo)
