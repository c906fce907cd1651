"""Parts of datasets, as uploads become them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

START = datetime(2026, 1, 1, tzinfo=UTC)


def write_part(folder: Path, columns: str, rows: Sequence[tuple[Any, ...]]) -> Path:
    """Writes a part with the rows of one upload, which came long after ``START``."""
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    lineage = f"'{path.name}' AS _source_sha256, row_number() OVER () AS _source_row"
    ingested = f"TIMESTAMPTZ '{START + timedelta(days=900)}' AS _ingested_at"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE rows ({columns})")
        if rows:
            marks = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
            connection.execute(f"INSERT INTO rows VALUES {marks}", [value for row in rows for value in row])
        connection.execute(f"COPY (SELECT *, {lineage}, {ingested} FROM rows) TO '{path}' (FORMAT parquet)")
    return path
