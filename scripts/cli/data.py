"""`keepfit datasets` and `keepfit quarantine`: what became of uploads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import msgspec
import typer

from cli.command import at_place
from cli.output import Shown
from cli.site import Site
from cli.tables import table
from keepfit.features.datasets import Manifest
from keepfit.instants import from_iso


@at_place
def datasets(site: Site) -> Shown:
    """The newest version of every dataset."""
    document = [describe(site, name) for name in site.ingests]
    columns = ["dataset", "version", "rows", "files", "bad_rows", "first_event", "last_event"]
    rows = [[one[name] for name in columns] for one in document]
    return Shown(
        document=document, parts=(table("Datasets", [name.replace("_", " ") for name in columns], rows),)
    )


@at_place
def quarantine(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="The name of a dataset.")],
    limit: Annotated[
        int, typer.Option(help="How many refused files and bad rows, the newest first.", min=1)
    ] = 20,
) -> Shown:
    """Files that were refused whole, and rows that were left out, with the reasons."""
    site.check_dataset(dataset)
    refusals = site.datasets.refusals(dataset, limit)
    bad_rows = list(islice(_bad_rows(site, dataset), limit))
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
    return Shown(document={"dataset": dataset, "refused": refusals, "bad_rows": bad_rows}, parts=parts)


def describe(site: Site, dataset: str) -> dict[str, Any]:
    """The newest version of a dataset in a few words."""
    manifest = _newest(site, dataset)
    parts = manifest.parts if manifest else []
    return {
        "dataset": dataset,
        "version": manifest.version if manifest else None,
        "rows": manifest.rows if manifest else 0,
        "files": len(parts),
        "bad_rows": sum(part.bad_rows for part in parts),
        "first_event": from_iso(manifest.first_event) if manifest else None,
        "last_event": from_iso(manifest.last_event) if manifest else None,
    }


def _newest(site: Site, dataset: str) -> Manifest | None:
    version = site.datasets.newest(dataset)
    return None if version is None else site.manifests.manifest(dataset, version)


def _bad_rows(site: Site, dataset: str) -> Iterator[dict[str, Any]]:
    """Rows that were left out of the newest version, the last file first."""
    manifest = _newest(site, dataset)
    for part in reversed(manifest.parts if manifest else []):
        if part.bad_rows:
            key = f"datasets/{dataset}/quarantine/{part.sha256}.jsonl"
            for line in site.lake.get(key).splitlines():
                yield {"file": part.source.key, **msgspec.json.decode(line)}
