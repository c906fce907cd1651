"""`keepfit quarantine`: what did not become data."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.places.upload_names import object_named
from cli.rendering.file_report import problem_parts
from cli.rendering.tables import table
from keepfit.views.quarantine import Page, Quarantine, read_quarantine

_LIMIT = 20


@at_place
def quarantine(
    deployment: Deployment,
    dataset: Annotated[str, typer.Argument(help="The name of a dataset.")],
    upload: Annotated[
        str | None,
        typer.Argument(
            help="One of its uploads, by its id or the name of the file; all of the newest version by default."
        ),
    ] = None,
    page: Annotated[int, typer.Option(help="Which page to show.", min=1)] = 1,
    limit: Annotated[
        int, typer.Option(help="The most refused files and problems of bad rows on a page.", min=1)
    ] = _LIMIT,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything, regardless of --page and --limit.")
    ] = False,
) -> Shown:
    """Files that were refused whole, and rows that were left out, with the reasons."""
    stores = deployment.dataset_stores(dataset)
    named = object_named(deployment, upload, dataset)[1] if upload else None
    found = read_quarantine(stores, Page() if everything else Page(number=page, size=limit), named)
    refused = [
        (r.at, r.source.key, r.reason, r.rows, r.bad_rows, r.version and f"taken in version {r.version}")
        for r in found.refused
    ]
    columns = ["file", "row", "field", "reason", "value"]
    parts = (
        *(problem_parts(dataset, found.report) if found.report else ()),
        table("Refused files", ["uploaded", "file", "reason", "rows", "bad rows", "since then"], refused),
        table("Bad rows", columns, [[problem.get(name) for name in columns] for problem in found.bad_rows]),
    )
    return Shown(document=found, parts=parts, hints=() if found.complete else _partial(found, limit, upload))


def _partial(found: Quarantine, limit: int, upload: str | None) -> tuple[str, ...]:
    shown = (
        f"{len(found.refused)} of {found.refused_in_all} refused files, and problems of "
        f"{found.rows_shown} of {found.bad_rows_in_all} bad rows"
    )
    again = f"keepfit quarantine {found.dataset}{f' {upload}' if upload else ''}"
    size = "" if limit == _LIMIT else f" --limit {limit}"
    return (
        f"This is page {found.page}: {shown}.",
        *([f"Next page: {again} --page {found.page + 1}{size}"] if found.more else []),
        f"All that is kept, which is 90 days at most for bad rows: {again} --all",
    )
