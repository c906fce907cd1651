"""The view of datasets: the newest version of each, summarized."""

from __future__ import annotations

from datetime import datetime

import msgspec

from keepfit.features.datasets.manifest import UPLOADED, Cause, Manifest
from keepfit.instants import from_iso
from keepfit.views.stores import DatasetStores

_OUTCOMES = {
    "upload": "taken",
    "again": "taken again",
    "withdrawal": "withdrawn",
    "forgetting": "rewritten without an entity",
}


class DatasetChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change that made a version: an upload was taken, taken again, withdrawn or rewritten.

    ``key`` is the upload's; ``who`` is None where no person did it.
    """

    at: datetime
    key: str
    what: str
    who: str | None = None
    why: str | None = None


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
    last_change: DatasetChange | None = None


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
        first_event=event_at(manifest.first_event),
        last_event=event_at(manifest.last_event),
        last_change=change_of(manifest),
    )


def change_of(manifest: Manifest) -> DatasetChange:
    """What made a version."""
    part, cause = manifest.changed, manifest.cause or UPLOADED
    return DatasetChange(
        at=from_iso(manifest.created_at),
        key=part.source.key,
        what=outcome_of(cause),
        who=cause.who,
        why=cause.why,
    )


def outcome_of(cause: Cause | None) -> str:
    """The change of an upload in words; older versions have none, and took it."""
    return _OUTCOMES[(cause or UPLOADED).kind]


def event_at(written: str | None) -> datetime | None:
    """The instant of a manifest's first or last event; None where it has none."""
    return from_iso(written) if written else None


def newest_manifest(stores: DatasetStores) -> Manifest | None:
    """The manifest of the newest version; None where nothing was ingested yet."""
    version = stores.records.newest(stores.dataset)
    return None if version is None else stores.manifests.manifest(stores.dataset, version)
