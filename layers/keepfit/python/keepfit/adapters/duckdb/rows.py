"""Reads rows of a Parquet file as numpy columns: the part of DuckDB in the training image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt


class DuckdbRows:
    """See ``application.ports.StoredRows``; columns are read one after another."""

    def columns(self, path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            rows = connection.read_parquet(str(path))
            return {name: _column(rows, name) for name in names}


def _column(rows: duckdb.DuckDBPyRelation, name: str) -> npt.NDArray[Any]:
    chosen = rows.select(duckdb.ColumnExpression(name))
    columns: dict[str, npt.NDArray[Any]] = chosen.fetchnumpy()
    [values] = columns.values()
    return _each_value_once(values) if chosen.types == ["VARCHAR"] else values


def _each_value_once(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same texts, with equal ones as one object: a category of a million rows has few values."""
    known: dict[Any, Any] = {}
    data = np.ma.getdata(values)
    shared = np.fromiter((known.setdefault(value, value) for value in data), object, len(data))
    return (
        np.ma.masked_array(shared, np.ma.getmask(values)) if isinstance(values, np.ma.MaskedArray) else shared
    )
