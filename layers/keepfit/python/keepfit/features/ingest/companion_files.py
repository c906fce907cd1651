"""Fetches the files beside an uploaded table: those of the folder below its dataset's that it lies in."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.ports import Intake
from keepfit.features.io.archives import MAX_FILE_BYTES
from keepfit.features.io.folders import (
    MAX_FILES,
    MAX_FOLDER_BYTES,
    TEXTS,
    Folder,
    file_digest,
    is_beside,
    is_table,
    large_digest,
)
from keepfit.features.io.formats import FileFormat
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.types.image import ImageType
from keepfit.layout import DatasetScope

_DEPTH = 2  # slashes of a key: in the folder of its dataset lie tables of all kinds


class Beside(NamedTuple):
    """The files beside a table, and the SHA-256 of each, or the size of one that is too large."""

    folder: Folder
    digests: Mapping[str, str]


def names_files(key: str, dataset: DatasetDefinition) -> bool:
    """Whether an upload lies in a folder of its own, in a dataset whose tables may name files."""
    live = key.startswith(DatasetScope(key.partition("/")[0]).live_uploads)
    return (
        not live
        and key.count("/") >= _DEPTH
        and any(isinstance(type_of(field.type), ImageType) for field in dataset.fields.values())
    )


def is_named_by_a_table(key: str, dataset: DatasetDefinition) -> bool:
    """Whether an upload is no data by itself, but a file for a table beside it."""
    return names_files(key, dataset) and not is_table(key)


def files_beside(
    key: str, found: FileFormat, dataset: DatasetDefinition, intake: Intake, scratch: Path
) -> Beside | None:
    """The files beside the table ``key``, copied below ``scratch``; None where its cells cannot name any.

    Raises:
        RefusedUpload: there are too many, or too many bytes of them.
    """
    if not names_files(key, dataset) or found.format not in TEXTS:
        return None
    folder = f"{posixpath.dirname(key)}/"
    sizes = {
        name: size for each, size in intake.listed(folder) if is_beside(name := each.removeprefix(folder))
    }
    if len(sizes) > MAX_FILES:
        raise RefusedUpload(
            f"lies beside {len(sizes):,} files, and up to {MAX_FILES:,} are read; split the folder into several"
        )
    small = {name: size for name, size in sizes.items() if size <= MAX_FILE_BYTES}
    if sum(small.values()) > MAX_FOLDER_BYTES:
        raise RefusedUpload(
            f"lies beside files of more than {MAX_FOLDER_BYTES / 2**30:g} GiB; split the folder into several"
        )
    scratch.mkdir()
    paths = {name: scratch / str(number) for number, name in enumerate(sorted(small))}
    fetched = intake.fetch({f"{folder}{name}": path for name, path in paths.items()})
    here = {name: path for name, path in paths.items() if f"{folder}{name}" in fetched}
    large = sizes.keys() - small.keys()
    digests = {name: file_digest(path) for name, path in here.items()}
    digests |= {name: large_digest(sizes[name]) for name in large}
    return Beside(Folder({**here, **dict.fromkeys(large)}), digests)
