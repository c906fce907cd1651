"""Rows of a Parquet file as numpy columns, read by DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy.typing as npt


def read_columns(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Every column by name, rows in the file's order; a column that holds nulls is a masked array."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        columns: dict[str, npt.NDArray[Any]] = connection.read_parquet(str(path)).fetchnumpy()
    return columns
