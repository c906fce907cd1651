"""One version of a dataset: its uploads, their later changes, and the history of versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest, Part
from keepfit.features.datasets.records import FileRecord
from keepfit.instants import from_iso
from keepfit.views.datasets import DatasetChange, change_of, event_at, outcome_of
from keepfit.views.stores import DatasetStores


class PresentUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload in a version; ``since_then`` is its later change in words, None without one."""

    key: str
    sha256: str
    version_id: str
    uploaded_at: datetime | None
    rows: int
    bad_rows: int
    duplicate_rows: int | None
    known_rows: int | None
    since_then: str | None


class WithdrawnUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that ``version`` and later ones are without."""

    dataset: str
    key: str
    sha256: str
    version_id: str
    rows: int
    version: int
    at: datetime | None
    who: str | None
    why: str | None


class DatasetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version; ``versions`` maps it, and those before it, the newest first, to what made each.

    ``rows`` count where repeated and replaced ones do not, and are None where nobody counted; ``stored_rows`` are all.
    """

    dataset: str
    version: int
    newest: int
    rows: int | None
    stored_rows: int
    first_event: datetime | None
    last_event: datetime | None
    uploads: list[PresentUpload]
    withdrawn: list[WithdrawnUpload]
    versions: dict[int, DatasetChange]


def read_version(stores: DatasetStores, version: int | None, limit: int) -> DatasetVersion:
    """A version, by default the newest, with the ``limit`` latest changes that led to it.

    Raises:
        NotFound: there is no such version.
    """
    newest = stores.records.newest(stores.dataset)
    if newest is None:
        raise NotFound(f"{stores.dataset} has no version yet; upload a file")
    number = newest if version is None else version
    if number > newest:
        raise NotFound(f"{stores.dataset} has no version {number}; the newest is {newest}")
    manifest, records = (
        stores.manifests.manifest(stores.dataset, number),
        stores.records.files(stores.dataset),
    )
    later = {record.source.sha256: record for record in records if record.version > number}
    return DatasetVersion(
        dataset=stores.dataset,
        version=number,
        newest=newest,
        rows=manifest.counted.rows if manifest.counted else None,
        stored_rows=manifest.rows,
        first_event=event_at(manifest.first_event),
        last_event=event_at(manifest.last_event),
        uploads=[_present(part, later.get(part.sha256)) for part in manifest.parts],
        withdrawn=[
            _withdrawn(stores.dataset, record)
            for record in records
            if record.withdrawn and record.version <= number
        ],
        versions=_changes(stores, manifest, limit),
    )


def withdrawn_since(stores: Iterable[DatasetStores], data: Mapping[str, int]) -> list[WithdrawnUpload]:
    """Uploads that the versions in ``data`` hold, by dataset, and that were withdrawn later."""
    found = []
    for each in stores:
        version = data[each.dataset]
        later = [
            record
            for record in each.records.files(each.dataset)
            if record.withdrawn and record.version > version
        ]
        if later:
            held = {part.sha256 for part in each.manifests.manifest(each.dataset, version).parts}
            found += [_withdrawn(each.dataset, record) for record in later if record.source.sha256 in held]
    return found


def _changes(stores: DatasetStores, manifest: Manifest, limit: int) -> dict[int, DatasetChange]:
    changes = {manifest.version: change_of(manifest)}
    while manifest.parent is not None and len(changes) < limit:
        manifest = stores.manifests.manifest(stores.dataset, manifest.parent)
        changes[manifest.version] = change_of(manifest)
    return changes


def _present(part: Part, later: FileRecord | None) -> PresentUpload:
    return PresentUpload(
        key=part.source.key,
        sha256=part.sha256,
        version_id=part.source.version_id,
        uploaded_at=event_at(part.source.uploaded_at),
        rows=part.rows,
        bad_rows=part.bad_rows,
        duplicate_rows=part.duplicate_rows,
        known_rows=part.known_rows,
        since_then=f"{outcome_of(later.cause)} in version {later.version}" if later else None,
    )


def _withdrawn(dataset: str, record: FileRecord) -> WithdrawnUpload:
    return WithdrawnUpload(
        dataset=dataset,
        key=record.source.key,
        sha256=record.source.sha256,
        version_id=record.source.version_id,
        rows=record.rows,
        version=record.version,
        at=from_iso(record.changed_at) if record.changed_at else None,
        who=record.cause.who if record.cause else None,
        why=record.cause.why if record.cause else None,
    )
