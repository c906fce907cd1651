"""The table of a dataset version: columns from its fields, and one partition for each of its parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET

from keepfit.features.datasets.manifest import Manifest, Part
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.instants import from_iso

DAY, UPLOAD = "_day", "_upload"
"""What parts the rows: the day of an upload in UTC, and the SHA-256 of its content. No field begins so."""
ROWS: Final = "/rows.parquet"
"""How the key of a part ends that is alone in its folder; others are of before there were tables."""

# What a data catalogue takes.
_MAX_WORDS: Final = 255
_MAX_DESCRIPTION: Final = 2048
# By the type of a column in DuckDB, which writes the files; Athena, Spark and Hive call it otherwise.
_HIVE: Final = {
    "DOUBLE": "double",
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "TIMESTAMPTZ": "timestamp",
    "DOUBLE[]": "array<double>",
}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table; ``type`` as Hive calls it."""

    name: str
    type: str
    comment: str = ""


_LINEAGE: Final = (
    Column(name="_source_key", type="string", comment="the key of the upload in the intake"),
    Column(name="_source_version", type="string", comment="the version of that object"),
    Column(name="_source_sha256", type="string", comment="SHA-256 of the upload's unpacked bytes"),
    Column(name="_source_row", type="bigint", comment="the place of the row in the upload"),
    Column(name="_uploaded_at", type="timestamp", comment="when the row was uploaded"),
    Column(name="_ingested_at", type="timestamp", comment="when the row was taken in"),
)
PARTITION_COLUMNS: Final = (
    Column(name=DAY, type="date", comment="the day of the upload, in UTC"),
    Column(name=UPLOAD, type="string", comment="SHA-256 of the upload's unpacked bytes"),
)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as a table of the catalogue, which shows ``version`` of it with this ``digest``.

    ``folder`` is a prefix of the lake in which nothing lies: all rows are in partitions.
    """

    name: str
    folder: str
    columns: list[Column]
    version: int
    digest: str
    description: str = ""
    owner: str = ""
    tags: list[str] = []


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one upload, which the ``version`` of the dataset put there.

    They lie in ``folder``, a prefix of the lake; ``bytes`` is the length of its one file.
    """

    day: date
    upload: str
    folder: str
    rows: int
    bytes: int
    version: int

    @property
    def values(self) -> tuple[str, str]:
        """Its values in ``PARTITION_COLUMNS``, which no other partition of its table has."""
        return self.day.isoformat(), self.upload


def table_of(manifest: Manifest, definition: DatasetDefinition, folder: str) -> Table:
    """The table that shows a version; ``definition`` says what is written of it for people."""
    held = manifest.schema or definition.fields
    names = [
        *(name for name in definition.fields if name in held),
        *sorted(held.keys() - definition.fields.keys()),
    ]
    return Table(
        name=manifest.dataset,
        folder=folder,
        columns=[
            *(_column(name, definition.fields.get(name, held[name]), held[name]) for name in names),
            *_LINEAGE,
        ],
        version=manifest.version,
        digest=manifest.digest,
        description=(definition.description or "")[:_MAX_DESCRIPTION],
        owner=_words(definition.owner or ""),
        tags=[] if definition.tags is UNSET else [*definition.tags],
    )


def in_order(columns: Sequence[Column], before: Sequence[Column]) -> list[Column]:
    """Columns in the order of those ``before``, and new ones behind them.

    So a partition that was written before has the first columns of its table: some readers compare them by place.
    """
    named = {column.name: column for column in columns}
    kept = [named.pop(column.name) for column in before if column.name in named]
    return [*kept, *named.values()]


def partitions_of(manifest: Manifest, held: Collection[str] | None = None) -> list[Partition]:
    """The partitions of a version, of the parts in ``held`` where that is given: others have expired.

    A part of before there were tables shares its folder with others, and has none.
    """
    return [
        _partition(part, manifest.version)
        for part in manifest.parts
        if part.key.endswith(ROWS) and (held is None or part.key in held)
    ]


def without_folder(manifest: Manifest) -> list[Part]:
    """The parts of a version that no partition can show, until their uploads are read again."""
    return [part for part in manifest.parts if not part.key.endswith(ROWS)]


def _partition(part: Part, version: int) -> Partition:
    return Partition(
        day=from_iso(part.source.uploaded_at or part.first_event).date(),
        upload=part.sha256,
        folder=part.key.removesuffix(ROWS.removeprefix("/")),
        rows=part.rows,
        bytes=part.bytes,
        version=version,
    )


def _column(name: str, defined: Field, held: Field) -> Column:
    """A field as files hold it, with what its definition says."""
    said = [defined.description, f"in {defined.unit}" if defined.unit else None]
    return Column(
        name=name, type=_HIVE[type_of(held.type).storage], comment=_words(", ".join(filter(None, said)))
    )


def _words(text: str) -> str:
    """A text in one line, as long as the catalogue takes it."""
    return " ".join(text.split())[:_MAX_WORDS]
