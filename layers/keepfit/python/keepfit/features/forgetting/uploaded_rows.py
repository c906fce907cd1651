"""Looks into an uploaded file of any format for an entity, and keeps what is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.features.datasets.manifest import Source
from keepfit.features.datasets.part_rows import LINE
from keepfit.features.forgetting.entity import Entity
from keepfit.features.forgetting.parquet_rows import lines_of
from keepfit.features.ingest.cell_validation import MEMORY_MB
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reading import read_upload
from keepfit.features.io.formats import FileFormat, unpacked
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.sql_literals import quoted, text

_CHUNK: Final = 2**20


class Looked(NamedTuple):
    """The places of the entity's rows in a file, and whether what could not be read of it holds the value."""

    lines: set[int]
    unclear: bool


def look_into(
    path: Path, found: FileFormat, source: Source, entity: Entity, definition: DatasetDefinition, at: datetime
) -> Looked:
    """Finds the entity in the file ``path``, whatever else is wrong with its rows."""
    field = msgspec.structs.replace(entity.form, nullable=True)
    try:
        with _read(path, found, source, _only({entity.field: field}, definition), at) as outcome:
            lines = lines_of(outcome.part, entity) if outcome.part else set[int]()
            whole = not outcome.report.columns and all(flaw.field for flaw in outcome.report.flaws)
    except RefusedUpload:
        lines, whole = set(), False
    return Looked(lines, not lines and not whole and _holds(path, entity.written))


def keep_the_rest(
    path: Path,
    found: FileFormat,
    source: Source,
    definition: DatasetDefinition,
    at: datetime,
    *,
    left_out: set[int],
    target: Path,
) -> int:
    """Writes the rows of ``path`` beside those ``left_out`` to ``target``, and counts them.

    They are JSON Lines of texts by field. Columns that no field reads are not kept.

    Raises:
        RefusedUpload: the file cannot be read.
    """
    fields = {
        name: Field(
            type="text",
            nullable=True,
            column=field.column,
            path=field.path,
            take=field.take,
            value=field.value,
        )
        for name, field in definition.fields.items()
    }
    with _read(path, found, source, _only(fields, definition), at) as outcome:
        if outcome.part is None:
            return 0
        with database(outcome.part.parent, memory_mb=MEMORY_MB) as connection:
            connection.execute("CREATE TEMP TABLE left_out (line BIGINT)")
            if left_out:
                numbers = ", ".join(f"({line})" for line in sorted(left_out))
                connection.execute(f"INSERT INTO left_out VALUES {numbers}")  # noqa: S608
            kept = (
                f"SELECT {', '.join(map(quoted, fields))} FROM read_parquet({text(str(outcome.part))}) "  # noqa: S608
                f"WHERE {LINE} NOT IN (SELECT line FROM left_out) ORDER BY {LINE}"
            )
            rest = outcome.part.with_name("rest.jsonl")
            [(rows,)] = connection.execute(f"COPY ({kept}) TO {text(str(rest))} (FORMAT json)").fetchall()
        shutil.move(rest, target)
    return int(rows)


def _only(fields: dict[str, Field], definition: DatasetDefinition) -> DatasetDefinition:
    """The dataset as if it had these fields, and every row were good that has them."""
    return DatasetDefinition(
        fields=fields,
        max_bad_share=1.0,
        missing=definition.missing,
        sheet=definition.sheet,
        encoding=definition.encoding,
    )


@contextmanager
def _read(
    path: Path, found: FileFormat, source: Source, dataset: DatasetDefinition, at: datetime
) -> Iterator[Outcome]:
    with TemporaryDirectory(dir=path.parent) as folder:
        upload = Path(folder) / "upload"
        upload.hardlink_to(path)
        yield read_upload(upload, found, dataset=dataset, source=source, folder=Path(folder), at=at)


def _holds(path: Path, written: str) -> bool:
    """Whether the text is anywhere in the bytes of a file."""
    wanted, tail = written.encode(), b""
    try:
        with unpacked(path) as stream:
            while data := stream.read(_CHUNK):
                if wanted in tail + data:
                    return True
                tail = data[-len(wanted) :]
    except RefusedUpload:
        return wanted in path.read_bytes()
    return False
