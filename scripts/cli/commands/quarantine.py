"""`keepfit quarantine`: what did not become data."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.views.quarantine import Quarantine, read_quarantine


@at_place
def quarantine(
    deployment: Deployment,
    dataset: Annotated[str, typer.Argument(help="The name of a dataset.")],
    limit: Annotated[
        int, typer.Option(help="The most refused files and bad rows to show, the newest first.", min=1)
    ] = 20,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything, regardless of --limit.")
    ] = False,
) -> Shown:
    """Files that were refused whole, and rows that were left out, with the reasons."""
    shown = read_quarantine(deployment.dataset_stores(dataset), None if everything else limit)
    parts = (
        table(
            "Refused files",
            ["uploaded", "file", "reason", "rows", "bad rows"],
            [(r.at, r.source.key, r.reason, r.rows, r.bad_rows) for r in shown.refused],
        ),
        table(
            "Bad rows",
            ["file", "row", "field", "reason", "value"],
            [
                [problem.get(name) for name in ("file", "row", "field", "reason", "value")]
                for problem in shown.bad_rows
            ],
        ),
    )
    return Shown(document=shown, parts=parts, hints=() if shown.complete else _partial(shown))


def _partial(quarantine: Quarantine) -> tuple[str, ...]:
    counts = (
        f"{len(quarantine.refused)} of {quarantine.refused_in_all} refused files, and problems of "
        f"{quarantine.rows_shown} of {quarantine.bad_rows_in_all} bad rows"
    )
    return (
        f"This is a part: {counts}.",
        f"All that is kept, which is 90 days at most for bad rows: keepfit quarantine {quarantine.dataset} --all",
    )
