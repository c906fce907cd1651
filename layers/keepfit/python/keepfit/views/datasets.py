"""The view of datasets: the newest version of each, summarized."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.features.datasets.manifest import Manifest
from keepfit.instants import from_iso
from keepfit.views.stores import DatasetStores


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a dataset; ``version`` is None where nothing was ingested yet.

    ``rows`` count where repeated and replaced ones do not, and are None where nobody counted; ``stored_rows`` are all.
    """

    dataset: str
    version: int | None = None
    rows: int | None = 0
    stored_rows: int = 0
    files: int = 0
    bad_rows: int = 0
    first_event: datetime | None = None
    last_event: datetime | None = None


def read_dataset(stores: DatasetStores) -> DatasetSummary:
    """Reads the summary of a dataset's newest version."""
    manifest = newest_manifest(stores)
    if manifest is None:
        return DatasetSummary(dataset=stores.dataset)
    return DatasetSummary(
        dataset=stores.dataset,
        version=manifest.version,
        rows=manifest.counted.rows if manifest.counted else None,
        stored_rows=manifest.rows,
        files=len(manifest.parts),
        bad_rows=sum(part.bad_rows for part in manifest.parts),
        first_event=from_iso(manifest.first_event),
        last_event=from_iso(manifest.last_event),
    )


def newest_manifest(stores: DatasetStores) -> Manifest | None:
    """The manifest of the newest version; None where nothing was ingested yet."""
    version = stores.records.newest(stores.dataset)
    return None if version is None else stores.manifests.manifest(stores.dataset, version)
