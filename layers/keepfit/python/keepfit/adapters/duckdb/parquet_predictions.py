"""Collected predictions as Parquet files, read and written by DuckDB, in any store of files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.features.database import database
from keepfit.features.sql_literals import text
from keepfit.layout import ModelScope
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.bins import Binned, Bins, CategoryBins, NumericBins
from keepfit.monitoring.profiles.window import WindowColumns, WindowRows
from keepfit.registry.artifact_store import ArtifactStore

_STAMP = "%Y%m%dT%H%M%S%fZ"
_PART_ROWS = 250_000
_MAX_COPIES = 8
_MAX_COPIED_BYTES = 64 * 1024 * 1024  # /tmp has 512 MB
_MEMORY_MB = 1024  # half of what the function has; the rest is numpy's
_OWN_TYPES = {
    "_prediction_id": "VARCHAR",
    "_version": "BIGINT",
    "_at": "TIMESTAMP",
    "_event_time": "TIMESTAMP",
    "_answer": "DOUBLE[]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPredictions:
    """See ``monitoring.profiles.ports.Predictions``.

    One file per batch under ``predictions/<model>/``, named by the first and last event time in it, so that a listing
    is enough to know which files a window needs. Columns: the inputs, and with an underscore what keepfit adds, such as
    what was predicted.
    """

    files: ArtifactStore
    model: str

    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        events = [prediction.event_time for prediction in predictions]
        name = f"{min(events):{_STAMP}}_{max(events):{_STAMP}}_{batch}.parquet"
        with tempfile.TemporaryDirectory() as folder:
            lines, table = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
            rows = [_row(prediction) for prediction in predictions]
            lines.write_bytes(msgspec.json.Encoder().encode_lines(rows))
            types = {**_types(rows), **_OWN_TYPES}
            with database(Path(folder), memory_mb=_MEMORY_MB) as connection:
                read = connection.read_json(str(lines), columns=types, format="newline_delimited")
                read.write_parquet(str(table), compression="zstd")
            self.files.put_file(f"{self._prefix}{name}", table)

    def batches(self) -> set[str]:
        keys = self.files.list(self._prefix)
        return {key.rpartition("_")[2].removesuffix(".parquet") for key in keys}

    def between(self, start: datetime, end: datetime, columns: WindowColumns) -> Iterator[WindowRows]:
        keys = self.keys_between(start, end)
        if not keys:
            return
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            reading = _Reading(connection=connection, window=(start, end), columns=columns)
            for paths in self.copies(keys, Path(folder)):
                yield from reading.rows(paths)

    def held(self, ids: Iterable[str], start: datetime, end: datetime) -> set[str]:
        """See ``monitoring.outcomes.ports.PredictionIndex``."""
        wanted, found = sorted(set(ids)), set[str]()
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            for paths in self.copies(self.keys_between(start, end) if wanted else [], Path(folder)):
                query = (
                    f"SELECT DISTINCT _prediction_id FROM read_parquet({_list(paths)}, union_by_name = true) "  # noqa: S608
                    f"WHERE {_within(start, end)} AND _prediction_id IN (SELECT unnest($1::VARCHAR[]))"
                )
                found |= {name for (name,) in connection.execute(query, [wanted]).fetchall()}
        return found

    def keys(self) -> list[str]:
        """The keys of all files."""
        return self.files.list(self._prefix)

    def keys_between(self, start: datetime, end: datetime) -> list[str]:
        """The keys of files that may hold predictions of [start, end]."""
        return [key for key in self.keys() if _overlaps(key, start, end)]

    def copies(self, keys: Sequence[str], folder: Path) -> Iterator[list[Path]]:
        """Local copies of the files, in groups of bounded size; a group is deleted when the next begins."""
        for paths in self._groups(keys, folder):
            yield paths
            for path in paths:
                path.unlink()

    def _groups(self, keys: Sequence[str], folder: Path) -> Iterator[list[Path]]:
        paths: list[Path] = []
        with ThreadPoolExecutor(_MAX_COPIES) as copies:
            for first in range(0, len(keys), _MAX_COPIES):
                some = keys[first : first + _MAX_COPIES]
                new = [folder / f"{first + number}.parquet" for number in range(len(some))]
                list(copies.map(self.files.get_file, some, new))
                paths += new
                if sum(path.stat().st_size for path in paths) >= _MAX_COPIED_BYTES:
                    yield paths
                    paths = []
        if paths:
            yield paths

    @property
    def _prefix(self) -> str:
        return ModelScope(self.model).predictions


def _row(prediction: Prediction) -> dict[str, Any]:
    return {
        **prediction.inputs,
        **{f"_{name}": value for name, value in prediction.outputs.items()},
        "_prediction_id": prediction.prediction_id,
        "_version": prediction.version,
        "_at": prediction.at,
        "_event_time": prediction.event_time,
        "_answer": prediction.answer,
    }


def _types(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, set()).add(type(value))
    return {name: _sql_type(found - {type(None)}) for name, found in kinds.items()}


def _sql_type(kinds: set[type]) -> str:
    if kinds == {bool}:
        return "BOOLEAN"
    return "DOUBLE" if kinds and kinds <= {int, float} else "VARCHAR"


def _within(start: datetime, end: datetime) -> str:
    first, last = (text(str(instant.astimezone(UTC).replace(tzinfo=None))) for instant in (start, end))
    return f"_event_time BETWEEN {first}::TIMESTAMP AND {last}::TIMESTAMP"


def _overlaps(key: str, start: datetime, end: datetime) -> bool:
    first, last, _ = key.rpartition("/")[2].split("_")
    return first <= f"{end.astimezone(UTC):{_STAMP}}" and last >= f"{start.astimezone(UTC):{_STAMP}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Reads one window file by file, without the predictions that an earlier file had.

    They are recognised by the digest of their id.
    """

    connection: Any
    window: tuple[datetime, datetime]
    columns: WindowColumns

    @property
    def bins(self) -> dict[str, Bins]:
        """The bins of every column, by its name in the files."""
        return {**self.columns.inputs, **{f"_{name}": bins for name, bins in self.columns.outputs.items()}}

    def __post_init__(self) -> None:
        self.connection.execute("CREATE TEMP TABLE seen (id UBIGINT)")
        for number, bins in enumerate(self.bins.values()):
            if isinstance(bins, CategoryBins):
                self.connection.execute(
                    f"CREATE TEMP TABLE known_{number} AS "
                    "SELECT unnest($1::VARCHAR[]) AS value, unnest(range($2)) AS bin",
                    [bins.values, len(bins.values)],
                )

    def rows(self, paths: list[Path]) -> Iterator[WindowRows]:
        """The rows of these files, in parts that fit in memory."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW collected AS SELECT *, hash(_prediction_id) AS _id "  # noqa: S608
            f"FROM read_parquet({_list(paths)}, union_by_name = true)"
        )
        within = _within(*self.window)
        counts = f"SELECT count(*), count(DISTINCT _id) FROM collected WHERE {within}"  # noqa: S608
        [(rows, distinct)] = self.connection.execute(counts).fetchall()
        if repeated := self._seen_before(within):
            within += " AND NOT EXISTS (FROM seen WHERE seen.id = _id)"
        parts = -(-rows // _PART_ROWS)
        query = f"{self._selected()} WHERE {within}"
        for part in range(parts):
            share = f" AND _id % {parts} = {part}" if parts > 1 else ""
            once = " QUALIFY row_number() OVER (PARTITION BY _id ORDER BY _at) = 1" if distinct < rows else ""
            yield self._part(query + share + once)
        only = "DISTINCT " if repeated or distinct < rows else ""
        self.connection.execute(f"INSERT INTO seen SELECT {only}_id FROM collected WHERE {within}")  # noqa: S608

    def _seen_before(self, within: str) -> bool:
        asked = f"SELECT EXISTS (FROM seen JOIN collected ON seen.id = collected._id WHERE {within})"
        return bool(self.connection.execute(asked).fetchone()[0])

    def _part(self, query: str) -> WindowRows:
        found = self.connection.execute(query).fetchnumpy()
        versions, bins = np.asarray(found.pop("_version")), self.bins
        columns = {name: _column(values, bins[name]) for name, values in found.items()}
        return WindowRows(
            versions=versions,
            columns={name: columns[name] for name in self.columns.inputs if name in columns},
            outputs={name: columns[f"_{name}"] for name in self.columns.outputs if f"_{name}" in columns},
        )

    def _selected(self) -> str:
        present = {name for name, *_ in self.connection.execute("DESCRIBE collected").fetchall()}
        chosen, joins = ["_version"], ["FROM collected"]
        for number, (name, bins) in enumerate(self.bins.items()):
            if name not in present:
                continue
            chosen.append(f"{_expression(name, bins, number)} AS {_quoted(name)}")
            if isinstance(bins, CategoryBins):
                joins.append(
                    f"LEFT JOIN known_{number} ON known_{number}.value = CAST(collected.{_quoted(name)} AS VARCHAR)"
                )
        return f"SELECT {', '.join(chosen)} {' '.join(joins)}"


def _expression(name: str, bins: Bins, number: int) -> str:
    """SQL for a number as it is, for a category as its bin, without making a text per row."""
    column = f"collected.{_quoted(name)}"
    if isinstance(bins, NumericBins):
        return f"TRY_CAST({column} AS DOUBLE)"
    others = f"{len(bins.values)}"
    if bins.unseen > 1:
        digit = f"instr('0123456789abcdef', md5(CAST({column} AS VARCHAR))[1]) - 1"
        others = f"{len(bins.values)} + ({digit}) % {bins.unseen}"
    missing = len(bins.values) + max(bins.unseen, 1)
    return f"CASE WHEN {column} IS NULL THEN {missing} ELSE coalesce(known_{number}.bin, {others}) END"


def _column(values: NDArray[Any], bins: Bins) -> NDArray[Any] | Binned:
    return values if isinstance(bins, NumericBins) else Binned(np.asarray(values))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(paths: list[Path]) -> str:
    return "[" + ", ".join(text(str(path)) for path in paths) + "]"
