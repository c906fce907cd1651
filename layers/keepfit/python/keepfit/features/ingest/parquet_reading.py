"""Reads an uploaded Parquet file by DuckDB in a process of its own.

Native code reads Parquet, and a broken or hostile file may crash it, hang it, or fill its memory. That ends the process
and not the function, which can still record why the upload is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload, ServiceUnavailable
from keepfit.features.database import database
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.outcome import Outcome
from keepfit.features.ingest.parquet_promises import promised_columns
from keepfit.features.ingest.upload_errors import cause, refusing
from keepfit.features.ingest.validation import MEMORY_MB, Checking
from keepfit.features.io.formats import MAX_READING_S
from keepfit.features.io.parquet_footer import forget_null_counts
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.schema.definition import CellForm, DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import text
from keepfit.sandbox import Killed, confine, run_confined

# Beyond the libraries. DuckDB keeps most of what it takes within a limit of its own, which is lower.
_MEMORY_BYTES = 640 * 2**20
_READER = __name__
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


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


def read_apart(reading: Reading) -> Outcome:
    """Runs ``read_parquet`` in a process of its own.

    Raises:
        RefusedUpload: as ``read_parquet``; and where the file ended the process, or took it too long.
        ServiceUnavailable: the disk is full.
    """
    task = Path(reading.folder) / "reading.json"
    task.write_bytes(msgspec.json.encode(reading))
    try:
        said = run_confined(_READER, task, seconds=MAX_READING_S)
    except Killed as error:
        raise RefusedUpload(
            f"cannot be read as Parquet: the reader {error}; write it again, in smaller files or as CSV"
        ) from error
    answer = msgspec.json.decode(said, type=_Answer, dec_hook=lambda kind, value: kind(value))
    if answer.unavailable is not None:
        raise ServiceUnavailable(answer.unavailable)
    if answer.outcome is None:
        raise RefusedUpload(answer.refused or "")
    return answer.outcome


def read_parquet(reading: Reading) -> Outcome:
    """Validates every row of a Parquet file.

    Raises:
        RefusedUpload: see ``reading.read_upload``.
        ServiceUnavailable: the disk is full.
    """
    folder = Path(reading.folder)
    with refusing("Parquet", folder), database(folder, memory_mb=MEMORY_MB) as connection:
        checking = Checking(connection, reading.dataset, folder, at=reading.at)
        path = folder / reading.upload
        forget_null_counts(path)
        types = promised_columns(checking, path)
        columns = [name for name, _ in types]
        chosen = dict(zip(checking.names, checking.match(columns), strict=True))
        fields = {
            name: ("CAST(NULL AS VARCHAR)", "VARCHAR") if place is None else (f"c{place}", types[place][1])
            for name, place in chosen.items()
        }
        _refuse_nested(fields)
        checking.check(_texts(path, fields, checking.forms, columns=len(types)))
        ignored = sorted({name for place, name in enumerate(columns) if place not in chosen.values()})
        return checking.outcome(source=reading.source, ignored_columns=ignored)


def _texts(
    path: Path, fields: Mapping[str, tuple[str, str]], forms: Mapping[str, CellForm], *, columns: int
) -> str:
    """The rows as texts; ``fields`` holds each column's position and type.

    By their names they could be mistaken for those that DuckDB adds, or for each other in other capitals.
    """
    undecodable = {
        name: f"{column} IS NOT NULL AND TRY(decode({column})) IS NULL"
        for name, (column, kind) in fields.items()
        if kind == "BLOB"
    }
    flaws = [
        _first([(bad, text(name)) for name, bad in undecodable.items()]) + " AS _field",
        _first([(bad, text("is not UTF-8")) for bad in undecodable.values()]) + " AS _reason",
        _first(
            [
                (bad, f"left(CAST({fields[name][0]} AS VARCHAR), {MAX_VALUE_LENGTH})")
                for name, bad in undecodable.items()
            ]
        )
        + " AS _value",
    ]
    chosen = [
        f"{_text(forms[name], column, kind)} AS t{n}"
        for n, (name, (column, kind)) in enumerate(fields.items())
    ]
    names = ", ".join(f"c{place}" for place in range(columns))
    return (
        f"SELECT row_number() OVER () AS _row, {', '.join([*flaws, *chosen])} "  # noqa: S608
        f"FROM read_parquet({text(str(path))}, hive_partitioning = false) AS f({names})"
    )


def _first(cases: Sequence[tuple[str, str]]) -> str:
    whens = " ".join(f"WHEN {bad} THEN {said}" for bad, said in cases)
    return f"CASE {whens} END" if cases else "CAST(NULL AS VARCHAR)"


def _text(form: CellForm, column: str, kind: str) -> str:
    """A column's values as CSV would hold them. A text without its annotation is bytes."""
    written = f"TRY(decode({column}))" if kind == "BLOB" else column
    if kind not in ("BLOB", "VARCHAR"):
        written = type_of(form.type).spelled_sql(form, column, kind)
    return f"nullif({written}, '')"


def _refuse_nested(fields: Mapping[str, tuple[str, str]]) -> None:
    for name, (_, kind) in fields.items():
        if kind.startswith(_NESTED) or kind.endswith("]"):
            raise RefusedUpload(f"column {name} is a {kind}; write plain numbers, texts, truths or times")


def _answer(reading: Reading) -> _Answer:
    try:
        return _Answer(outcome=read_parquet(reading))
    except RefusedUpload as refusal:
        return _Answer(refused=str(refusal))
    except ServiceUnavailable as error:
        return _Answer(unavailable=str(error))
    except Exception as error:  # noqa: BLE001  nothing else than the file could have caused it
        return _Answer(refused=f"cannot be read as Parquet: {cause(error, Path(reading.folder))}")


def _main(task: Path) -> None:
    reading = msgspec.json.decode(task.read_bytes(), type=Reading)
    confine(memory_bytes=_MEMORY_BYTES, cpu_s=MAX_READING_S)
    sys.stdout.buffer.write(msgspec.json.encode(_answer(reading), enc_hook=str))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
