"""Uploads by what people call them: file name, object key, or the beginning of the SHA-256."""

from __future__ import annotations

from collections.abc import Sequence

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from cli.upload_ids import short_id
from keepfit.features.datasets.manifest import Source, Upload
from keepfit.features.datasets.records import FileRecord

_MIN_PREFIX = 4
_MAX_REFUSALS, _MAX_NAMED = 1000, 5


def record_named(deployment: Deployment, dataset: str, name: str) -> FileRecord:
    """The upload of a dataset that ``name`` means; one that is part of it, where several could be meant.

    Raises:
        CommandError: none is, or several are.
    """
    records = [record for record in deployment.datasets.files(dataset) if _means(name, record.source)]
    present = [record for record in records if not record.withdrawn]
    return _only(name, [record.source for record in records], dataset, present or records)


def object_named(deployment: Deployment, name: str, dataset: str | None = None) -> tuple[str, Upload]:
    """The dataset and the object of an upload that was taken, withdrawn or refused.

    ``dataset`` is the one to look in, None for all of them.

    Raises:
        CommandError: there is none, or several could be meant.
    """
    found: list[tuple[str, Upload]] = []
    for each in [dataset] if dataset else deployment.dataset_names:
        taken = [record.source for record in deployment.datasets.files(each) if _means(name, record.source)]
        refused = [
            refusal.source
            for refusal in deployment.datasets.refusals(each, _MAX_REFUSALS)
            if _means(name, refusal.source)
        ]
        found += [(each, upload) for upload in taken or refused[:1]]
    if len(found) == 1:
        return found[0]
    raise _unclear(name, [upload for _, upload in found], dataset or "any dataset")


def _only(name: str, meant: Sequence[Source], dataset: str, records: Sequence[FileRecord]) -> FileRecord:
    if len(records) == 1:
        return records[0]
    raise _unclear(name, meant, dataset)


def _unclear(name: str, meant: Sequence[Upload], dataset: str) -> CommandError:
    if not meant:
        return CommandError(
            f"there is no upload {name!r} in {dataset}; `keepfit datasets show` with a dataset lists its uploads, and "
            "`keepfit quarantine` those that were refused",
            Exit.NOT_FOUND,
        )
    listed = ", ".join(
        f"{short_id(one.sha256) if isinstance(one, Source) else one.version_id} ({one.key})"
        for one in meant[:_MAX_NAMED]
    )
    more = f" and {len(meant) - _MAX_NAMED} more" if len(meant) > _MAX_NAMED else ""
    return CommandError(f"{name!r} may mean several uploads: {listed}{more}; name one by its id", Exit.USAGE)


def _means(name: str, upload: Upload) -> bool:
    if name in (upload.key, upload.key.rpartition("/")[2], upload.version_id):
        return True
    return isinstance(upload, Source) and len(name) >= _MIN_PREFIX and upload.sha256.startswith(name.lower())
