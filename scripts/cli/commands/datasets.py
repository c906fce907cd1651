"""`keepfit datasets` and `keepfit quarantine`: what became of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Site
from cli.rendering.table_layout import Fitted
from cli.rendering.tables import table
from keepfit.views.datasets import DatasetSummary, read_dataset
from keepfit.views.quarantine import Quarantine, read_quarantine

_COLUMNS = ["dataset", "version", "rows", "stored_rows", "files", "bad_rows", "first_event", "last_event"]


@at_place
def datasets(site: Site) -> Shown:
    """The newest version of every dataset."""
    summaries = [read_dataset(site.dataset_stores(name)) for name in site.dataset_names]
    return Shown(document=summaries, parts=(datasets_table(summaries, _COLUMNS),))


def datasets_table(summaries: Sequence[DatasetSummary], columns: Sequence[str]) -> Fitted | Text:
    """Datasets in a few words; of rows that were never counted it says how many there may be."""
    rows = []
    for summary in summaries:
        values = msgspec.structs.asdict(summary)
        if summary.rows is None:
            values["rows"] = f"at most {summary.stored_rows:,}"
        rows.append([values[name] for name in columns])
    return table("Datasets", [name.replace("_", " ") for name in columns], rows)


@at_place
def quarantine(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="The name of a dataset.")],
    limit: Annotated[
        int, typer.Option(help="The most refused files and bad rows to show, the newest first.", min=1)
    ] = 20,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything, regardless of --limit.")
    ] = False,
) -> Shown:
    """Files that were refused whole, and rows that were left out, with the reasons."""
    found = read_quarantine(site.dataset_stores(dataset), None if everything else limit)
    parts = (
        table(
            "Refused files",
            ["uploaded", "file", "reason", "rows", "bad rows"],
            [(r.at, r.source.key, r.reason, r.rows, r.bad_rows) for r in found.refused],
        ),
        table(
            "Bad rows",
            ["file", "row", "field", "reason", "value"],
            [
                [problem.get(name) for name in ("file", "row", "field", "reason", "value")]
                for problem in found.bad_rows
            ],
        ),
    )
    return Shown(document=found, parts=parts, hints=() if found.complete else _partial(found))


def _partial(found: Quarantine) -> tuple[str, ...]:
    shown = (
        f"{len(found.refused)} of {found.refused_in_all} refused files, and problems of "
        f"{found.rows_shown} of {found.bad_rows_in_all} bad rows"
    )
    return (
        f"This is a part: {shown}.",
        f"All that is kept, which is 90 days at most for bad rows: keepfit quarantine {found.dataset} --all",
    )
