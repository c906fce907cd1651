"""`keepfit quarantine`: what did not become data, and what a person decides of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import Group
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.places.upload_names import object_named
from cli.rendering.file_report import contract_table, problem_parts
from cli.rendering.tables import table
from cli.rendering.uploads import read_again
from keepfit.views.quarantine import Page, Quarantine, RefusedFile, read_quarantine

_LIMIT = 20
_DatasetArgument = Annotated[str, typer.Argument(help="The name of a dataset.")]
_HeldArgument = Annotated[
    str, typer.Argument(help="An upload that waits for a person: its id, or the name of the file.")
]
_WhyOption = Annotated[str, typer.Option(help="The reason, for the record.")]

app = typer.Typer(
    cls=Group, help="What did not become data, with the reasons, and what a person decides of it."
)


@app.command("list")
@at_place
def list_(
    deployment: Deployment,
    dataset: _DatasetArgument,
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
    refused = [(r.at, r.source.key, r.reason, r.rows, r.bad_rows, _since(r)) for r in found.refused]
    columns = ["file", "row", "field", "reason", "value"]
    broken = [(one.file, one.result) for one in found.contracts]
    parts = (
        *(problem_parts(dataset, found.report) if found.report else ()),
        *([contract_table("Contracts that were not kept", broken)] if broken and not found.report else []),
        table("Refused files", ["uploaded", "file", "reason", "rows", "bad rows", "since then"], refused),
        table("Bad rows", columns, [[problem.get(name) for name in columns] for problem in found.bad_rows]),
    )
    return Shown(document=found, parts=parts, hints=() if found.complete else _partial(found, limit, upload))


@app.command()
@at_place
def release(
    deployment: Deployment, dataset: _DatasetArgument, upload: _HeldArgument, why: _WhyOption
) -> Shown:
    """Takes an upload that stood out of those before it, because a person has looked at it."""
    answer = _decide(deployment, "again", dataset, upload, why)
    return Shown(
        document=answer,
        parts=(read_again(answer),),
        hints=(f"On record: keepfit datasets show {dataset}",),
        exit_code=Exit.REFUSED if answer["outcome"] == "refused" else Exit.OK,
    )


@app.command()
@at_place
def discard(
    deployment: Deployment, dataset: _DatasetArgument, upload: _HeldArgument, why: _WhyOption
) -> Shown:
    """Records that an upload that stood out stays out, so that it waits no longer."""
    answer = _decide(deployment, "discard", dataset, upload, why)
    return Shown(
        document=answer,
        parts=(f"{answer['key']} stays out of {dataset}.",),
        hints=(f"On record: keepfit quarantine {dataset}",),
    )


def _decide(deployment: Deployment, action: str, dataset: str, upload: str, why: str) -> dict[str, Any]:
    """The answer of ingest to a person's decision. Raises CommandError where there is no such upload."""
    deployment.check_dataset(dataset)
    found = object_named(deployment, upload, dataset)[1]
    order = {"action": action, "dataset": dataset, "key": found.key, "version_id": found.version_id}
    with working(f"{action}: {found.key}"):
        return dict(
            invoke(deployment.platform("IngestFunction"), {**order, "who": deployment.caller, "why": why})
        )


def _since(file: RefusedFile) -> str | None:
    """The state of a refused file since then."""
    if file.version is not None:
        return f"taken in version {file.version}"
    if file.discarded is not None:
        return f"discarded by {file.discarded.who}: {file.discarded.why}"
    return "waits: keepfit quarantine release or discard" if file.waits else None


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
