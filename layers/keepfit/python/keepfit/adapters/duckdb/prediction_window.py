"""Reads the rows of a window from collected predictions in one pass, each prediction once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepfit.adapters.duckdb.arrow_batches import batches
from keepfit.features.offline.columns import Texts, Values
from keepfit.features.sql_literals import quoted, text
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, NumericBins
from keepfit.monitoring.profiles.window import Instants, WindowColumns, WindowRows

_PART_ROWS = 250_000
# So many numbers of an answer are no more than its columns.
_FEW_NUMBERS = 32
# What comes before the columns of a query: the version that answered, the prediction, and when its event happens.
_LEADING = ("_version", "_id", "_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowReading:
    """Reads some windows group of files by group, without the predictions that an earlier group had.

    They are recognised by the digest of their id.
    """

    connection: Any
    windows: Sequence[Instants]
    columns: WindowColumns

    def __post_init__(self) -> None:
        self.connection.execute("CREATE TEMP TABLE seen (id UBIGINT)")
        for number, bins in enumerate(self.bins.values()):
            if isinstance(bins, CategoryBins) and bins.values:
                # DuckDB looks a word up in an enumeration once per dictionary of a file, in a table once per row.
                words = ", ".join(map(text, bins.values))
                self.connection.execute(f"CREATE TYPE known_{number} AS ENUM ({words})")

    @property
    def bins(self) -> dict[str, Bins]:
        """The bins of every column, by its name in the files."""
        return {**self.columns.inputs, **{f"_{name}": bins for name, bins in self.columns.outputs.items()}}

    def rows(self, paths: Sequence[Path], *, last: bool) -> Iterator[WindowRows]:
        """The rows of these files, in parts that fit in memory; no others follow the ``last``."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW collected AS SELECT *, hash(_prediction_id) AS _id "  # noqa: S608
            f"FROM read_parquet({list_of(paths)}, union_by_name = true)"
        )
        inside = within(*self.windows)
        if self._seen_before(inside):
            inside += " AND NOT EXISTS (FROM seen WHERE seen.id = _id)"
        at_once = _PART_ROWS * _FEW_NUMBERS // max(_FEW_NUMBERS, self.columns.answers)
        parts, selected = -(-self._rows_of(paths) // at_once), self._selected()
        for part in range(parts):
            share = f" AND _id % {parts} = {part}" if parts > 1 else ""
            found = self._part(f"{selected} WHERE {inside}{share}")
            if len(found.versions):
                yield found
        if not last:
            self.connection.execute(f"INSERT INTO seen SELECT DISTINCT _id FROM collected WHERE {inside}")  # noqa: S608

    def _rows_of(self, paths: Sequence[Path]) -> int:
        [(rows,)] = self.connection.execute(
            f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({list_of(paths)})"  # noqa: S608
        ).fetchall()
        return int(rows)

    def _seen_before(self, inside: str) -> bool:
        asked = f"SELECT EXISTS (FROM seen JOIN collected ON seen.id = collected._id WHERE {inside})"
        some, repeated = "SELECT EXISTS (FROM seen)", asked
        return all(self.connection.execute(each).fetchone()[0] for each in (some, repeated))

    def _part(self, query: str) -> WindowRows:
        leading, columns = self._read(query)
        ids = np.sort(leading[1])
        if (ids[1:] == ids[:-1]).any():
            once = " QUALIFY row_number() OVER (PARTITION BY _id ORDER BY _at) = 1"
            leading, columns = self._read(query + once)
        return WindowRows(
            versions=leading[0],
            columns={name: columns[name] for name in self.columns.inputs if name in columns},
            outputs={name: columns[f"_{name}"] for name in self.columns.outputs if f"_{name}" in columns},
            seconds=leading[2] if self.columns.times else None,
            answers=self._answers(columns),
        )

    def _answers(self, columns: Mapping[str, Any]) -> NDArray[np.float64] | None:
        numbers = [columns[name] for name in self._numbers if name in columns]
        return np.column_stack(numbers) if numbers else None

    @property
    def _numbers(self) -> list[str]:
        """What the numbers of an answer are called here."""
        return [f"_answer {place + 1}" for place in range(self.columns.answers)]

    def _read(self, query: str) -> tuple[list[NDArray[Any]], dict[str, NDArray[Any] | Binned]]:
        """The leading columns and the others of a query; each keeps the batch alive whose memory it shares."""
        relation = self.connection.sql(query)
        names = relation.columns[len(_LEADING) :]
        leading: list[list[NDArray[Any]]] = [[] for _ in _LEADING]
        columns: list[list[NDArray[Any]]] = [[] for _ in names]
        for first, others in batches(relation, leading=len(_LEADING)):
            for kept, values in zip(leading, first, strict=True):
                kept.append(values)
            for kept, column in zip(columns, others, strict=True):
                kept.append(_filled(column))
        bins = self.bins
        together = {name: _joined(parts) for name, parts in zip(names, columns, strict=True)}
        return [_joined(parts) for parts in leading], {
            name: Binned(values) if isinstance(bins.get(name), CategoryBins) else values
            for name, values in together.items()
        }

    def _selected(self) -> str:
        present = {name for name, *_ in self.connection.execute("DESCRIBE collected").fetchall()}
        chosen = [
            f"{_expression(name, bins, number)} AS {quoted(name)}"
            for number, (name, bins) in enumerate(self.bins.items())
            if name in present
        ]
        if "_answer" in present:
            chosen += [f"_answer[{place + 1}] AS {quoted(name)}" for place, name in enumerate(self._numbers)]
        seconds = "floor(epoch(_event_time))::BIGINT" if self.columns.times else "0::BIGINT"
        every = ", ".join(["_version", "_id", f"{seconds} AS _seconds", *chosen])
        return f"SELECT {every} FROM collected"  # noqa: S608


def within(*windows: Instants) -> str:
    """SQL for predictions whose event is in one of the windows, both ends included."""
    found = []
    for window in windows:
        first, last = (text(str(instant.astimezone(UTC).replace(tzinfo=None))) for instant in window)
        found.append(f"_event_time BETWEEN {first}::TIMESTAMP AND {last}::TIMESTAMP")
    return f"({' OR '.join(found)})"


def list_of(paths: Sequence[Path]) -> str:
    """SQL for a list of files."""
    return "[" + ", ".join(text(str(path)) for path in paths) + "]"


def _expression(name: str, bins: Bins, number: int) -> str:
    """SQL for a number as it is, for a category as its bin, without making a text per row."""
    column = f"collected.{quoted(name)}"
    if isinstance(bins, NumericBins):
        return f"TRY_CAST({column} AS DOUBLE)"
    others = f"{len(bins.values)}"
    if bins.unseen > 1:
        digit = f"instr('0123456789abcdef', md5(CAST({column} AS VARCHAR))[1]) - 1"
        others = f"{len(bins.values)} + ({digit}) % {bins.unseen}"
    if bins.values:
        known = f"TRY_CAST(CAST({column} AS VARCHAR) AS known_{number})"
        others = f"coalesce(enum_code({known})::INTEGER, {others})"
    missing = len(bins.values) + max(bins.unseen, 1)
    return f"CASE WHEN {column} IS NULL THEN {missing} ELSE {others} END::INTEGER"


def _filled(column: Values | Texts) -> NDArray[Any]:
    """(rows,) numbers, NaN where missing."""
    if not isinstance(column, Values):
        raise TypeError("a text is no number: every column is selected as one")
    return column.values if column.present is None else np.where(column.present, column.values, np.nan)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0)
