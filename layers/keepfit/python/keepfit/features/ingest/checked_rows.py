"""The rows of a file as they were checked: which are good, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from keepfit.features.ingest.report import MAX_EXAMPLES, MAX_FLAWS, Example, Flaw
from keepfit.features.schema.cells import judged_sql
from keepfit.features.schema.definition import Field
from keepfit.features.sql_literals import text
from keepfit.instants import to_iso

# Of the bad cells of a field, so many distinct ones say how it is written, from among so many.
_MAX_TEXTS, _MAX_SAMPLED = 500, 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Counts(NamedTuple):
    """Rows, those of them that are bad, and the first and last event of the good ones.

    Events are microseconds from 1970.
    """

    rows: int
    bad_rows: int
    first: int | None
    last: int | None


def iso(micros: int | None) -> str:
    """An event of ``Counts`` in ISO 8601; empty where there is none."""
    return "" if micros is None else to_iso(_EPOCH + timedelta(microseconds=micros))


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The files that ``validation.Checking`` made; see there for their columns.

    Fields that are ``absent`` have no column in the file, so that nothing is wrong with their cells.
    """

    connection: Any
    files: Sequence[str]
    names: Sequence[str]
    absent: frozenset[str]

    @property
    def bad(self) -> str:
        """SQL for whether a row is bad."""
        return f"({' OR '.join(['_reason IS NOT NULL', *(f'r{n} IS NOT NULL' for n, _ in self._present)])})"

    @property
    def rows(self) -> str:
        """The rows as a relation of SQL."""
        return f"read_parquet([{', '.join(self.files)}])"

    def counts(self, event: str) -> Counts:
        """Counts the rows; ``event`` is SQL for when a row happened."""
        [counts] = self._ask(
            f"SELECT count(*), count(*) FILTER ({self.bad}), epoch_us(min({event}) FILTER (NOT {self.bad})), "  # noqa: S608
            f"epoch_us(max({event}) FILTER (NOT {self.bad})) FROM {self.rows}"
        )
        return Counts(*counts)

    @cached_property
    def _present(self) -> list[tuple[int, str]]:
        return [(n, name) for n, name in enumerate(self.names) if name not in self.absent]

    @property
    def problems(self) -> str:
        """A query of each problem's row, field, reason and value, as ordered by ``row, place``."""
        fields = (
            f"SELECT _row, {n} AS place, {text(name)}, r{n}, x{n} FROM {self.rows} WHERE r{n} IS NOT NULL"  # noqa: S608
            for n, name in self._present
        )
        whole = (
            f"SELECT _row AS row, -1 AS place, _field AS field, _reason AS reason, _value AS value "  # noqa: S608
            f"FROM {self.rows} WHERE _reason IS NOT NULL"
        )
        return " UNION ALL ".join([whole, *fields])

    def first_problem(self) -> tuple[int, str | None, str, str | None]:
        """Row, field, reason and value of the first."""
        [first] = self._ask(f"{self._listed} LIMIT 1")
        row, field, reason, value = first
        return row, field, reason, value

    def write_problems(self, path: Path, most: int | None) -> None:
        """Writes the problems as lines of JSON, in order; at ``most`` so many."""
        limit = f" LIMIT {most}" if most else ""
        self.connection.execute(f"COPY ({self._listed}{limit}) TO {text(str(path))} (FORMAT json)")

    def flaws(self) -> list[Flaw]:
        """Every reason with the number of its rows and the first few, the most frequent first."""
        found = self._ask(
            f"SELECT field, reason, count(*) AS times, min_by({{'row': row, 'value': value}}, row, {MAX_EXAMPLES}) "  # noqa: S608
            f"FROM ({self.problems}) GROUP BY place, field, reason ORDER BY times DESC, place, reason LIMIT {MAX_FLAWS}"
        )
        return [
            Flaw(field=field, reason=reason, rows=rows, examples=[Example(**one) for one in examples])
            for field, reason, rows, examples in found
        ]

    def bad_texts(self, name: str) -> Mapping[str | None, int]:
        """How often each text of a field occurs that is not good, of some of them; the most frequent first."""
        n = self.names.index(name)
        sampled = f"SELECT x{n} AS t FROM {self.rows} WHERE r{n} IS NOT NULL LIMIT {_MAX_SAMPLED}"  # noqa: S608
        counted = f"SELECT t, count(*) AS c FROM ({sampled}) GROUP BY t"  # noqa: S608
        return dict(self._ask(f"{counted} ORDER BY c DESC, t LIMIT {_MAX_TEXTS}"))

    def good(self, name: str, condition: str = "true") -> int:
        """How many values of a field are there, good, and such that ``condition`` holds of {v}."""
        n = self.names.index(name)
        [(count,)] = self._ask(
            f"SELECT count(v{n}) FROM {self.rows} WHERE r{n} IS NULL AND {condition.format(v=f'v{n}')}"  # noqa: S608
        )
        return int(count)

    def would_take(self, name: str, field: Field) -> int:
        """How many cells that are bad would be good were the field ``field``."""
        n = self.names.index(name)
        bad = f"(SELECT x{n} FROM {self.rows} WHERE r{n} IS NOT NULL)"  # noqa: S608
        judged = judged_sql(field, bad, f"x{n}")
        [(count,)] = self._ask(f"SELECT count(*) FROM {judged} WHERE r IS NULL")  # noqa: S608
        return int(count)

    @property
    def _listed(self) -> str:
        return f"SELECT row, field, reason, value FROM ({self.problems}) ORDER BY row, place"  # noqa: S608

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows
