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

from keepfit.adapters.duckdb.prediction_window import WindowReading, list_of, within
from keepfit.features.database import database
from keepfit.layout import ModelScope
from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.window import Instants, WindowColumns, WindowRows
from keepfit.registry.artifact_store import ArtifactStore

_STAMP = "%Y%m%dT%H%M%S%fZ"
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
        return self.among([(start, end)], columns)

    def among(self, windows: Sequence[Instants], columns: WindowColumns) -> Iterator[WindowRows]:
        keys = [key for key in self.keys() if any(_overlaps(key, *window) for window in windows)]
        if not keys:
            return
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            reading, read = WindowReading(connection=connection, windows=windows, columns=columns), 0
            for paths in self.copies(keys, Path(folder)):
                read += len(paths)
                yield from reading.rows(paths, last=read == len(keys))

    def held(self, ids: Iterable[str], start: datetime, end: datetime) -> set[str]:
        """See ``monitoring.outcomes.ports.PredictionIndex``."""
        wanted, found = sorted(set(ids)), set[str]()
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            for paths in self.copies(self.keys_between(start, end) if wanted else [], Path(folder)):
                query = (
                    f"SELECT DISTINCT _prediction_id FROM read_parquet({list_of(paths)}, union_by_name = true) "  # noqa: S608
                    f"WHERE {within((start, end))} AND _prediction_id IN (SELECT unnest($1::VARCHAR[]))"
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


def _overlaps(key: str, start: datetime, end: datetime) -> bool:
    first, last, _ = key.rpartition("/")[2].split("_")
    return first <= f"{end.astimezone(UTC):{_STAMP}}" and last >= f"{start.astimezone(UTC):{_STAMP}}"
