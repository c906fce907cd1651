"""Validates every value of a file against the dataset's definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Source
from keepfit.features.ingest.checked_rows import Checked, Counts, iso
from keepfit.features.ingest.nested_cells import make_takers, taker
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.report import Report
from keepfit.features.ingest.suggestions import suggestions
from keepfit.features.io.columns import match
from keepfit.features.io.named_files import NamedFiles
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.schema.cells import flaw_sql
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import UPLOADED_AT, DatasetDefinition, Field
from keepfit.features.schema.nested import column_of, is_nested
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.instants import to_iso

MEMORY_MB = 400
# Of a file that is refused, so many problems are kept; of one that is taken, all.
MAX_PROBLEMS_OF_REFUSED = 10_000
# Of columns that nobody asked for, so many are named, by so many of their first letters.
_MAX_IGNORED, _MAX_IGNORED_LENGTH = 100, 100
# A mistake of the header quotes it, and a column's name may have a megabyte.
_MAX_MISTAKE_LENGTH = 1000
_NO_ROWS = "holds no rows; upload a file with at least one"
# A row may claim to be known so much later than it is taken in: clocks differ, and local times are read as UTC.
_LEEWAY = timedelta(days=1)
_NOT_YET = "is later than the upload, and what is not known yet cannot be in it"


class Checking:
    """Validates texts: per row the typed values, the reasons, and the texts of bad values.

    They are kept in Parquet files, with the columns _row, _field, _reason, _value (a flaw of the whole record), and for
    the dataset's n-th field vn (value), rn (reason or NULL) and xn (the bad text).
    """

    def __init__(
        self,
        connection: Any,
        dataset: DatasetDefinition,
        folder: Path,
        *,
        at: datetime,
        files: NamedFiles | None = None,
    ) -> None:
        """``at`` is the time of ingest; no row of the file became known later. Cells may name ``files``."""
        self.folder = folder
        self._at = at
        self.forms = cells_of(dataset)
        self.names = tuple(self.forms)
        self._columns = tuple(column_of(name, form) for name, form in self.forms.items())
        self.headers = tuple(dict.fromkeys(self._columns))
        """The columns that are read; some may hold the values of several fields."""
        self._connection = connection
        self._dataset = dataset
        self._files: list[str] = []
        self._mistakes: list[str] = []
        self._absent: frozenset[str] = frozenset()
        self._nested = frozenset(make_takers(connection, self.forms.values(), files))

    @property
    def renamed(self) -> dict[str, str]:
        """The fields by other names of their columns; one of several that share a column."""
        named = zip(reversed(self._columns), reversed(self.names), strict=True)
        return {header: name for header, name in named if header != name}

    @property
    def nested(self) -> frozenset[str]:
        """The headers of columns in which values stand inside of others."""
        forms = zip(self._columns, self.forms.values(), strict=True)
        return frozenset(column for column, form in forms if is_nested(form))

    @property
    def lists(self) -> frozenset[str]:
        """The headers of columns whose values are lists."""
        forms = zip(self._columns, self.forms.values(), strict=True)
        return frozenset(column for column, form in forms if type_of(form.type).is_list) - self.nested

    @property
    def spellings(self) -> dict[str, Callable[[Any], str]]:
        """How a number is written, by the columns of which a text would be read as another number."""
        spellings = {
            header: partial(type_of(form.type).spelled, form)
            for header, form in zip(self._columns, self.forms.values(), strict=True)
        }
        return {header: spelled for header, spelled in spellings.items() if spelled(0.5) != "0.5"}

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
        taken = [f"n{n}.t AS t{n}" for n in sorted(self._nested)]
        kept = (
            f"v{n}, r{n}, CASE WHEN r{n} IS NOT NULL THEN left(t{n}, {MAX_VALUE_LENGTH}) END AS x{n}"
            for n, _ in fields
        )
        query = (
            f"SELECT _row, _field, _reason, _value, {', '.join(kept)} FROM (SELECT *, {', '.join(reasons)} "  # noqa: S608
            f"FROM (SELECT *, {', '.join(values)} FROM (SELECT *, {', '.join(parsed)} "
            f"FROM (SELECT {', '.join(['*', *taken])} FROM ({texts})))))"
        )
        self._files.append(text(str(self.folder / f"checked-{len(self._files):05}.parquet")))
        return self._copy(query, self._files[-1], "FORMAT parquet, COMPRESSION lz4")

    def _reason(self, field: Field, number: int) -> str:
        """SQL for the reason why the value of field ``number`` is invalid, NULL where it is valid."""
        reason = flaw_sql(field, text=f"t{number}", parsed=f"s{number}", value=f"v{number}")
        if number in self._nested:
            reason = f"coalesce(n{number}.flaw, {reason})"
        if self.names[number] != self._dataset.known_column:
            return reason
        latest = f"TIMESTAMPTZ {text(to_iso(self._at + _LEEWAY))}"
        return f"coalesce({reason}, CASE WHEN v{number} > {latest} THEN {text(_NOT_YET)} END)"

    def match(self, columns: Sequence[str]) -> list[int | None]:
        """The place of each field's column; of those without one no cell is checked, and the file is refused."""
        found = match(self.headers, columns)
        self._mistakes = [mistake[:_MAX_MISTAKE_LENGTH] for mistake in found.mistakes]
        of_header = dict(zip(self.headers, found.places, strict=True))
        places = [of_header[column] for column in self._columns]
        self._absent = frozenset(
            name for name, place in zip(self.names, places, strict=True) if place is None
        )
        return places

    def text(self, number: int, cell: str) -> str:
        """SQL for the text of field ``number``, given SQL for a cell of its column; see ``check``."""
        return f"{taker(number)}({cell}) AS n{number}" if number in self._nested else f"{cell} AS t{number}"

    def outcome(self, *, source: Source, ignored_columns: list[str]) -> Outcome:
        """Writes the part and the quarantine, or only the quarantine of a refused file."""
        checked = Checked(
            connection=self._connection, files=self._files, names=self.names, absent=self._absent
        )
        counts = checked.counts(self._event(source)) if self._files else None
        if counts is None or counts.rows == 0:
            raise RefusedUpload("; ".join(self._mistakes) or _NO_ROWS)
        refused = self._refused(checked, counts)
        ignored = [name[:_MAX_IGNORED_LENGTH] for name in ignored_columns[:_MAX_IGNORED]]
        return Outcome(
            rows=counts.rows,
            bad_rows=counts.bad_rows,
            first_event=iso(counts.first),
            last_event=iso(counts.last),
            ignored_columns=ignored,
            part=None if refused else self._write_part(source, checked),
            quarantine=self._write_quarantine(checked, MAX_PROBLEMS_OF_REFUSED if refused else None)
            if counts.bad_rows
            else None,
            refused=refused,
            report=self._report(checked, counts, ignored, refused),
        )

    def _report(self, checked: Checked, counts: Counts, ignored: list[str], refused: str | None) -> Report:
        flaws = checked.flaws() if counts.bad_rows else []
        fields = dict(zip(self.names, self._fields(), strict=True))
        return Report(
            rows=counts.rows,
            bad_rows=counts.bad_rows,
            columns=self._mistakes,
            ignored_columns=ignored,
            flaws=flaws,
            suggestions=suggestions(checked, flaws, fields=fields, dataset=self._dataset, unread=ignored),
            refused=refused,
        )

    def _event(self, source: Source) -> str:
        """When a row happened."""
        name = self._dataset.event_time
        return self._uploaded(source) if name is None else f"v{self.names.index(name)}"

    def _uploaded(self, source: Source) -> str:
        return f"TIMESTAMPTZ {text(source.uploaded_at or to_iso(self._at))}"

    def _fields(self) -> list[Field]:
        """The fields that a file must hold; a row needs its event time."""
        return [
            msgspec.structs.replace(field, nullable=False) if name == self._dataset.event_time else field
            for name, field in self.forms.items()
        ]

    def _refused(self, checked: Checked, counts: Counts) -> str | None:
        allowed, (rows, bad_rows, *_) = self._dataset.max_bad_share, counts
        reasons = list(self._mistakes)
        if bad_rows == rows or bad_rows / rows > allowed or (reasons and bad_rows):
            row, field, reason, value = checked.first_problem()
            what = " ".join(part for part in (field, reason) if part)
            shown = f" ({value!r})" if value else ""
            reasons.append(
                f"{bad_rows} of {rows} rows are bad, and {allowed:.3g} of them may be; row {row}: {what}{shown}"
            )
        return "; ".join(reasons) or None

    def _write_quarantine(self, checked: Checked, most: int | None) -> Path:
        path = self.folder / "quarantine.jsonl"
        checked.write_problems(path, most)
        return path

    def _write_part(self, source: Source, checked: Checked) -> Path:
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
        good = f"SELECT {', '.join(columns)} FROM {checked.rows} WHERE NOT {checked.bad}"  # noqa: S608
        self._copy(good, text(str(path)), "FORMAT parquet, COMPRESSION zstd")
        return path

    def _copy(self, query: str, target: str, options: str) -> int:
        [(rows,)] = self._connection.execute(f"COPY ({query}) TO {target} ({options})").fetchall()
        return int(rows)
