"""Collected predictions as Parquet files, written and read by DuckDB, in any store of files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.features.database import database
from keepfit.features.rendering import text
from keepfit.monitoring.predictions import Prediction
from keepfit.monitoring.profile import Binned, CategoryBins, NumericBins
from keepfit.monitoring.window import Columns, WindowRows
from keepfit.registry.ports import ArtifactStore

_STAMP = "%Y%m%dT%H%M%S%fZ"
_PART_ROWS = 250_000
_COPIES_AT_ONCE = 8
_MEMORY_MB = 1024  # half of what the function has; the rest is numpy's
_OWN_TYPES = {
    "_prediction_id": "VARCHAR",
    "_version": "BIGINT",
    "_at": "TIMESTAMP",
    "_event_time": "TIMESTAMP",
    "_probability": "DOUBLE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPredictions:
    """See ``monitoring.ports.Predictions``.

    One file per batch under ``predictions/<model>/``, named by the first and last event time in it, so that a listing
    is enough to know which files a window needs. Columns: the inputs, and with an underscore what keepfit adds.
    """

    files: ArtifactStore
    model: str

    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        events = [prediction.event_time for prediction in predictions]
        name = f"{min(events):{_STAMP}}_{max(events):{_STAMP}}_{batch}.parquet"
        with tempfile.TemporaryDirectory() as folder:
            lines, table = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
            lines.write_bytes(msgspec.json.Encoder().encode_lines(_row(p) for p in predictions))
            types = {**_input_types(predictions), **_OWN_TYPES}
            with database(Path(folder), memory_mb=_MEMORY_MB) as connection:
                rows = connection.read_json(str(lines), columns=types, format="newline_delimited")
                rows.write_parquet(str(table), compression="zstd")
            self.files.put_file(f"{self._prefix}{name}", table)

    def between(self, start: datetime, end: datetime, columns: Columns) -> Iterator[WindowRows]:
        keys = [key for key in self.files.list(self._prefix) if _overlaps(key, start, end)]
        if not keys:
            return
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            paths = [Path(folder) / f"{number}.parquet" for number in range(len(keys))]
            with ThreadPoolExecutor(_COPIES_AT_ONCE) as copies:
                list(copies.map(self.files.get_file, keys, paths))
            yield from _window(connection, paths, (start, end), columns)

    @property
    def _prefix(self) -> str:
        return f"predictions/{self.model}/"


def _row(prediction: Prediction) -> dict[str, Any]:
    return {
        **prediction.inputs,
        "_prediction_id": prediction.prediction_id,
        "_version": prediction.version,
        "_at": prediction.at,
        "_event_time": prediction.event_time,
        "_probability": prediction.probability,
    }


def _input_types(predictions: Iterable[Prediction]) -> dict[str, str]:
    kinds: dict[str, set[type]] = {}
    for prediction in predictions:
        for name, value in prediction.inputs.items():
            kinds.setdefault(name, set()).add(type(value))
    return {name: _sql_type(found - {type(None)}) for name, found in kinds.items()}


def _sql_type(kinds: set[type]) -> str:
    if kinds == {bool}:
        return "BOOLEAN"
    return "DOUBLE" if kinds and kinds <= {int, float} else "VARCHAR"


def _overlaps(key: str, start: datetime, end: datetime) -> bool:
    first, last, _ = key.rpartition("/")[2].split("_")
    return first <= f"{end.astimezone(UTC):{_STAMP}}" and last >= f"{start.astimezone(UTC):{_STAMP}}"


def _window(
    connection: Any, paths: list[Path], window: tuple[datetime, datetime], columns: Columns
) -> Iterator[WindowRows]:
    start, end = (instant.astimezone(UTC).replace(tzinfo=None) for instant in window)
    bounds = {"start": start, "end": end}
    within = "_event_time BETWEEN $start AND $end"
    connection.execute(
        f"CREATE TEMP VIEW collected AS SELECT * FROM read_parquet({_list(paths)}, union_by_name = true)"  # noqa: S608
    )
    counts = f"SELECT count(*), count(DISTINCT _prediction_id) FROM collected WHERE {within}"  # noqa: S608
    [(rows, distinct)] = connection.execute(counts, bounds).fetchall()
    query = f"SELECT {_selected(connection, columns)} FROM collected WHERE {within}"  # noqa: S608
    parts = -(-rows // _PART_ROWS)
    for part in range(parts):
        share = f" AND hash(_prediction_id) % {parts} = {part}" if parts > 1 else ""
        once = (
            " QUALIFY row_number() OVER (PARTITION BY _prediction_id ORDER BY _at) = 1"
            if distinct < rows
            else ""
        )
        found = connection.execute(query + share + once, bounds).fetchnumpy()
        yield WindowRows(
            versions=np.asarray(found.pop("_version")),
            probabilities=np.asarray(found.pop("_probability")),
            columns={name: _column(values, columns[name]) for name, values in found.items()},
        )


def _selected(connection: Any, columns: Columns) -> str:
    present = {name for name, *_ in connection.execute("DESCRIBE collected").fetchall()}
    chosen = (
        f"{_expression(name, bins)} AS {_quoted(name)}" for name, bins in columns.items() if name in present
    )
    return ", ".join(["_version", "_probability", *chosen])


def _expression(name: str, bins: NumericBins | CategoryBins) -> str:
    """A number as it is, a category as its bin: a text per row is never made."""
    if isinstance(bins, NumericBins):
        return f"TRY_CAST({_quoted(name)} AS DOUBLE)"
    value, values = f"CAST({_quoted(name)} AS VARCHAR)", "[" + ", ".join(map(text, bins.values)) + "]"
    position = (
        f"coalesce(nullif(list_position(CAST({values} AS VARCHAR[]), {value}), 0) - 1, {len(bins.values)})"
    )
    return f"CASE WHEN {_quoted(name)} IS NULL THEN {len(bins.values) + 1} ELSE {position} END"


def _column(values: NDArray[Any], bins: NumericBins | CategoryBins) -> NDArray[Any] | Binned:
    return values if isinstance(bins, NumericBins) else Binned(np.asarray(values))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(paths: list[Path]) -> str:
    return "[" + ", ".join(text(str(path)) for path in paths) + "]"
