"""Reads an uploaded Parquet file by DuckDB in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.features.ingest.cell_validation import MEMORY_MB, Checking
from keepfit.features.ingest.parquet_limits import promised_columns
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reader_process import Reading, answer, run
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.archives import Archive
from keepfit.features.io.parquet_footer import forget_null_counts
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.schema.definition import Field
from keepfit.features.schema.nested import is_nested
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import text

_READER = __name__
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def read_apart(reading: Reading) -> Outcome:
    """Runs ``read_parquet`` in a process of its own. Raises as ``reader_process.run``."""
    return run(_READER, reading, "Parquet")


def read_parquet(reading: Reading, files: Archive | None = None) -> Outcome:
    """Validates every row of a Parquet file, whose cells may name ``files``.

    Raises:
        RefusedUpload: see ``reading.read_upload``.
        ServiceUnavailable: the disk is full.
    """
    folder = Path(reading.folder)
    with refusing("Parquet", folder), database(folder, memory_mb=MEMORY_MB) as connection:
        checking = Checking(connection, reading.dataset, folder, at=reading.at, files=files)
        path = folder / reading.upload
        forget_null_counts(path)
        types = promised_columns(checking.ask, path)
        columns = [name for name, _ in types]
        chosen = dict(zip(checking.names, checking.match(columns), strict=True))
        fields = {
            name: ("CAST(NULL AS VARCHAR)", "VARCHAR") if place is None else (f"c{place}", types[place][1])
            for name, place in chosen.items()
        }
        _refuse_nested(
            {name: c for name, c in fields.items() if not _may_hold_parts(checking.forms[name], c[1])}
        )
        checking.check(_texts(path, fields, checking, columns=len(types)))
        ignored = sorted({name for place, name in enumerate(columns) if place not in chosen.values()})
        return checking.outcome(source=reading.source, ignored_columns=ignored)


def _texts(path: Path, fields: Mapping[str, tuple[str, str]], checking: Checking, *, columns: int) -> str:
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
        checking.text(n, _text(checking.forms[name], column, kind))
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


def _text(form: Field, column: str, kind: str) -> str:
    """A column's values as CSV would hold them. A text without its annotation is bytes."""
    written = f"TRY(decode({column}))" if kind == "BLOB" else column
    if is_nested(form) and _has_parts(kind):
        written = f"CAST(to_json({column}) AS VARCHAR)"
    elif kind not in ("BLOB", "VARCHAR"):
        written = type_of(form.type).spelled_sql(form, column, kind)
    return f"nullif({written}, '')"


def _refuse_nested(fields: Mapping[str, tuple[str, str]]) -> None:
    for name, (_, kind) in fields.items():
        if _has_parts(kind):
            raise RefusedUpload(
                f"column {name} is a {kind}; say with path which of its values is meant, or write plain numbers, "
                "texts, truths or times"
            )


def _may_hold_parts(form: Field, kind: str) -> bool:
    return is_nested(form) or (type_of(form.type).is_list and kind.endswith("]"))


def _has_parts(kind: str) -> bool:
    """Whether a column of this type holds values inside of values."""
    return kind.startswith(_NESTED) or kind.endswith("]")


if __name__ == "__main__":
    answer(Path(sys.argv[1]), read_parquet, "Parquet")
