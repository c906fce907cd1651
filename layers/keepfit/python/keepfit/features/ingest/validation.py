"""Validates every value of a file against the dataset's definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Source
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.schema.cells import cells_of, flaw_sql
from keepfit.features.schema.definition import UPLOADED_AT, DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.instants import to_iso

MEMORY_MB = 400
# Of a file that is refused, so many problems are kept; of one that is taken, all.
MAX_PROBLEMS_OF_REFUSED = 10_000
# Of columns that nobody asked for, so many are named, by so many of their first letters.
_MAX_IGNORED, _MAX_IGNORED_LENGTH = 100, 100
_NO_ROWS = "holds no rows; upload a file with at least one"
# A row may claim to be known so much later than it is taken in: clocks differ, and local times are read as UTC.
_LEEWAY = timedelta(days=1)
_NOT_YET = "is later than the upload, and what is not known yet cannot be in it"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of validation; ``part`` is None for a refused file, ``quarantine`` for no bad row.

    ``first_event`` and ``last_event`` are of the good rows, ISO 8601 in UTC, empty where there is none; without an
    event time, when the file was uploaded.
    """

    rows: int
    bad_rows: int
    first_event: str
    last_event: str
    ignored_columns: list[str]
    part: Path | None
    quarantine: Path | None
    refused: str | None


class Checking:
    """Validates texts: per row the typed values, the reasons, and the texts of bad values.

    They are kept in Parquet files, with the columns _row, _field, _reason, _value (a flaw of the whole record), and for
    the dataset's n-th field vn (value), rn (reason or NULL) and xn (the bad text).
    """

    def __init__(self, connection: Any, dataset: DatasetDefinition, folder: Path, *, at: datetime) -> None:
        """``at`` is the time of ingest; no row of the file became known later."""
        self.folder = folder
        self._at = at
        self.forms = cells_of(dataset)
        self.names = tuple(self.forms)
        self.headers = tuple(form.column or name for name, form in self.forms.items())
        self._connection = connection
        self._dataset = dataset
        self._files: list[str] = []
        bad = " OR ".join(["_reason IS NOT NULL", *(f"r{n} IS NOT NULL" for n in range(len(self.names)))])
        self._bad = f"({bad})"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows

    def check(self, texts: str) -> int:
        """Adds the rows of the query ``texts`` (_row, _field, _reason, _value, t0, ...); counts them.

        The rows of several calls come one after the other.
        """
        fields = list(enumerate(self._fields()))
        parsed = (f"{type_of(field.type).parsed_sql(field, f't{n}')} AS s{n}" for n, field in fields)
        values = (f"{type_of(field.type).value_sql(field, f's{n}')} AS v{n}" for n, field in fields)
        reasons = (f"CASE WHEN _reason IS NULL THEN {self._reason(f, n)} END AS r{n}" for n, f in fields)
        kept = (
            f"v{n}, r{n}, CASE WHEN r{n} IS NOT NULL THEN left(t{n}, {MAX_VALUE_LENGTH}) END AS x{n}"
            for n, _ in fields
        )
        query = (
            f"SELECT _row, _field, _reason, _value, {', '.join(kept)} FROM (SELECT *, {', '.join(reasons)} "  # noqa: S608
            f"FROM (SELECT *, {', '.join(values)} FROM (SELECT *, {', '.join(parsed)} FROM ({texts}))))"
        )
        self._files.append(text(str(self.folder / f"checked-{len(self._files):05}.parquet")))
        return self._copy(query, self._files[-1], "FORMAT parquet, COMPRESSION lz4")

    def _reason(self, field: Field, number: int) -> str:
        """SQL for the reason why the value of field ``number`` is invalid, NULL where it is valid."""
        reason = flaw_sql(field, text=f"t{number}", parsed=f"s{number}", value=f"v{number}")
        if self.names[number] != self._dataset.known_column:
            return reason
        latest = f"TIMESTAMPTZ {text(to_iso(self._at + _LEEWAY))}"
        return f"coalesce({reason}, CASE WHEN v{number} > {latest} THEN {text(_NOT_YET)} END)"

    def outcome(self, *, source: Source, ignored_columns: list[str]) -> Outcome:
        """Writes the part and the quarantine, or only the quarantine of a refused file."""
        if not self._files:
            raise RefusedUpload(_NO_ROWS)
        event = self._event(source)
        [(rows, bad_rows, first, last)] = self._connection.execute(
            f"SELECT count(*), count(*) FILTER ({self._bad}), epoch_us(min({event}) FILTER (NOT {self._bad})), "  # noqa: S608
            f"epoch_us(max({event}) FILTER (NOT {self._bad})) FROM {self._checked}"
        ).fetchall()
        if rows == 0:
            raise RefusedUpload(_NO_ROWS)
        refused = self._refused(rows, bad_rows)
        return Outcome(
            rows=rows,
            bad_rows=bad_rows,
            first_event=_iso(first),
            last_event=_iso(last),
            ignored_columns=[name[:_MAX_IGNORED_LENGTH] for name in ignored_columns[:_MAX_IGNORED]],
            part=None if refused else self._write_part(source),
            quarantine=self._write_quarantine(MAX_PROBLEMS_OF_REFUSED if refused else None)
            if bad_rows
            else None,
            refused=refused,
        )

    def _event(self, source: Source) -> str:
        """When a row happened."""
        name = self._dataset.event_time
        return self._uploaded(source) if name is None else f"v{self.names.index(name)}"

    def _uploaded(self, source: Source) -> str:
        return f"TIMESTAMPTZ {text(source.uploaded_at or to_iso(self._at))}"

    @property
    def _checked(self) -> str:
        return f"read_parquet([{', '.join(self._files)}])"

    def _fields(self) -> list[Field]:
        """The fields that a file must hold; a row needs its event time."""
        return [
            msgspec.structs.replace(field, nullable=False) if name == self._dataset.event_time else field
            for name, field in self.forms.items()
        ]

    def _refused(self, rows: int, bad_rows: int) -> str | None:
        allowed = self._dataset.max_bad_share
        if bad_rows < rows and bad_rows / rows <= allowed:
            return None
        [(row, field, reason, value)] = self._connection.execute(f"{self._problems()} LIMIT 1").fetchall()
        what = " ".join(part for part in (field, reason) if part)
        shown = f" ({value!r})" if value else ""
        return (
            f"{bad_rows} of {rows} rows are bad, and {allowed:.3g} of them may be; row {row}: {what}{shown}"
        )

    def _problems(self) -> str:
        fields = (
            f"SELECT _row, {n} AS place, {text(name)}, r{n}, x{n} FROM {self._checked} WHERE r{n} IS NOT NULL"  # noqa: S608
            for n, name in enumerate(self.names)
        )
        whole = (
            f"SELECT _row AS row, -1 AS place, _field AS field, _reason AS reason, _value AS value "  # noqa: S608
            f"FROM {self._checked} WHERE _reason IS NOT NULL"
        )
        every = " UNION ALL ".join([whole, *fields])
        return f"SELECT row, field, reason, value FROM ({every}) ORDER BY row, place"  # noqa: S608

    def _write_quarantine(self, most: int | None) -> Path:
        path = self.folder / "quarantine.jsonl"
        limit = f" LIMIT {most}" if most else ""
        self._copy(self._problems() + limit, text(str(path)), "FORMAT json")
        return path

    def _write_part(self, source: Source) -> Path:
        path = self.folder / "part.parquet"
        columns = [f"v{n} AS {quoted(name)}" for n, name in enumerate(self.names)]
        columns += [
            f"{text(source.key)} AS _source_key",
            f"{text(source.version_id)} AS _source_version",
            f"{text(source.sha256)} AS _source_sha256",
            "_row AS _source_row",
            f"{self._uploaded(source)} AS {UPLOADED_AT}",
            f"TIMESTAMPTZ {text(to_iso(self._at))} AS _ingested_at",
        ]
        good = f"SELECT {', '.join(columns)} FROM {self._checked} WHERE NOT {self._bad}"  # noqa: S608
        self._copy(good, text(str(path)), "FORMAT parquet, COMPRESSION zstd")
        return path

    def _copy(self, query: str, target: str, options: str) -> int:
        [(rows,)] = self._connection.execute(f"COPY ({query}) TO {target} ({options})").fetchall()
        return int(rows)


def _iso(micros: int | None) -> str:
    return "" if micros is None else to_iso(_EPOCH + timedelta(microseconds=micros))
