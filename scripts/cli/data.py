"""`keepfit datasets` and `keepfit quarantine`: what became of uploads."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from cli.command import at_place
from cli.output import Shown
from cli.site import Site
from cli.table_layout import Fitted
from cli.tables import table
from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest
from keepfit.instants import from_iso
from keepfit.layout import DatasetScope


@at_place
def datasets(site: Site) -> Shown:
    """The newest version of every dataset."""
    document = [describe(site, name) for name in site.dataset_names]
    columns = ["dataset", "version", "rows", "stored_rows", "files", "bad_rows", "first_event", "last_event"]
    return Shown(document=document, parts=(datasets_table(document, columns),))


def datasets_table(described: list[dict[str, Any]], columns: Sequence[str]) -> Fitted | Text:
    """Datasets as ``describe`` tells them; of rows that were never counted it says how many there may be."""
    shown = [
        {**one, "rows": f"at most {one['stored_rows']:,}" if one["rows"] is None else one["rows"]}
        for one in described
    ]
    names = [name.replace("_", " ") for name in columns]
    return table("Datasets", names, [[one[name] for name in columns] for one in shown])


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
    site.check_dataset(dataset)
    refused = site.datasets.count_refusals(dataset)
    limit = sys.maxsize - 1 if everything else limit
    refusals = site.datasets.refusals(dataset, min(limit, max(refused, 1)))
    manifest = _newest(site, dataset)
    found = list(islice(_bad_rows(site, manifest), limit + 1))
    bad_rows, rows_left_out = found[:limit], sum(part.bad_rows for part in manifest.parts) if manifest else 0
    # A row may be bad in several fields, so the rows that are shown are counted, not the lines.
    rows_shown = len({(one["file"], one["row"]) for one in bad_rows})
    complete = len(found) <= limit and rows_shown == rows_left_out and len(refusals) == refused
    parts = (
        table(
            "Refused files",
            ["uploaded", "file", "reason", "rows", "bad rows"],
            [(r.at, r.source.key, r.reason, r.rows, r.bad_rows) for r in refusals],
        ),
        table(
            "Bad rows",
            ["file", "row", "field", "reason", "value"],
            [(b["file"], b.get("row"), b.get("field"), b.get("reason"), b.get("value")) for b in bad_rows],
        ),
    )
    document = {
        "dataset": dataset,
        "refused": refusals,
        "refused_in_all": refused,
        "bad_rows": bad_rows,
        "bad_rows_in_all": rows_left_out,
        "complete": complete,
    }
    if complete:
        return Shown(document=document, parts=parts)
    shown = f"{len(refusals)} of {refused} refused files, and problems of {rows_shown} of {rows_left_out} bad rows"
    told = (
        f"This is a part: {shown}.",
        f"All that is kept, which is 90 days at most for bad rows: keepfit quarantine {dataset} --all",
    )
    return Shown(document=document, parts=parts, hints=told)


def describe(site: Site, dataset: str) -> dict[str, Any]:
    """The newest version of a dataset in a few words.

    ``rows`` count where repeated and replaced ones do not, and are None where nobody counted; ``stored_rows`` are all.
    """
    manifest = _newest(site, dataset)
    parts = manifest.parts if manifest else []
    return {
        "dataset": dataset,
        "version": manifest.version if manifest else None,
        "rows": _counted(manifest),
        "stored_rows": manifest.rows if manifest else 0,
        "files": len(parts),
        "bad_rows": sum(part.bad_rows for part in parts),
        "first_event": from_iso(manifest.first_event) if manifest else None,
        "last_event": from_iso(manifest.last_event) if manifest else None,
    }


def _counted(manifest: Manifest | None) -> int | None:
    if manifest is None:
        return 0
    return manifest.counted.rows if manifest.counted else None


def _newest(site: Site, dataset: str) -> Manifest | None:
    version = site.datasets.newest(dataset)
    return None if version is None else site.manifests.manifest(dataset, version)


def _bad_rows(site: Site, manifest: Manifest | None) -> Iterator[dict[str, Any]]:
    """Problems of the rows that were left out of a version, the last file first, as long as they are kept."""
    if manifest is None:
        return
    for part in reversed(manifest.parts):
        if part.bad_rows:
            key = DatasetScope(manifest.dataset).quarantined(part.sha256)
            with suppress(NotFound):  # they expire, and the part that they were left out of does not
                for line in site.lake.get(key).splitlines():
                    yield {"file": part.source.key, **msgspec.json.decode(line)}
