"""Reads an upload in a process of its own.

Parquet is read by native code, and a workbook by a parser of XML: a broken or hostile file may crash it, hang it, or
fill its memory. That ends the process and not the function, which can still record why the upload is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.upload_errors import cause
from keepfit.features.io.formats import MAX_READING_S
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.instants import Duration
from keepfit.sandbox import Killed, confine, run_confined

# Beyond the libraries. DuckDB keeps most of what it takes within a limit of its own, which is lower.
_MEMORY_BYTES = 640 * 2**20


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The request of the child: ``upload`` is a file in ``folder``; see ``reading.read_upload``."""

    upload: str
    folder: str
    dataset: DatasetDefinition
    source: Source
    at: datetime


class _Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The child's result: a read file, a refusal, or a temporary failure."""

    outcome: Outcome | None = None
    refused: str | None = None
    unavailable: str | None = None


def run(reader: str, reading: Reading, what: str) -> Outcome:
    """Reads a file that should be ``what`` by the module ``reader``, run as a program.

    Raises:
        RefusedUpload: as the reader; and where the file ended the process, or took it too long.
        ServiceUnavailable: the disk is full.
    """
    task = Path(reading.folder) / "reading.json"
    task.write_bytes(msgspec.json.encode(reading, enc_hook=str))
    try:
        said = run_confined(reader, task, seconds=MAX_READING_S)
    except Killed as error:
        raise RefusedUpload(
            f"cannot be read as {what}: the reader {error}; write it again, in smaller files or as CSV"
        ) from error
    found = msgspec.json.decode(said, type=_Answer, dec_hook=lambda kind, value: kind(value))
    if found.unavailable is not None:
        raise ServiceUnavailable(found.unavailable)
    if found.outcome is None:
        raise RefusedUpload(found.refused or "")
    return found.outcome


def answer(task: Path, read: Callable[[Reading], Outcome], what: str) -> None:
    """The child: reads what ``task`` says within its limits, and writes the answer to its standard output."""
    # The only type of a definition that JSON does not have is a duration.
    reading = msgspec.json.decode(
        task.read_bytes(), type=Reading, dec_hook=lambda _, value: Duration.parse(value)
    )
    confine(memory_bytes=_MEMORY_BYTES, cpu_s=MAX_READING_S)
    sys.stdout.buffer.write(msgspec.json.encode(_answer(reading, read, what), enc_hook=str))


def _answer(reading: Reading, read: Callable[[Reading], Outcome], what: str) -> _Answer:
    try:
        return _Answer(outcome=read(reading))
    except RefusedUpload as refusal:
        return _Answer(refused=str(refusal))
    except ServiceUnavailable as error:
        return _Answer(unavailable=str(error))
    except Exception as error:  # noqa: BLE001  nothing else than the file could have caused it
        return _Answer(refused=f"cannot be read as {what}: {cause(error, Path(reading.folder))}")
