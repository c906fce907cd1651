"""Reads rows of a Parquet file as numpy columns: the part of DuckDB in the training image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy.typing as npt


class DuckdbRows:
    """See ``application.ports.StoredRows``."""

    def columns(self, path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            chosen = [duckdb.ColumnExpression(name) for name in names]
            rows = connection.read_parquet(str(path)).select(*chosen)
            columns: dict[str, npt.NDArray[Any]] = rows.fetchnumpy()
        return columns
