"""Single values of DuckDB: a count, one column of one row, an instant without its zone."""

from __future__ import annotations

from typing import Any

import duckdb


def count_rows(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    """The number of rows of ``what``, a table with or without a condition."""
    return int(one_value(connection, f"SELECT count(*) FROM {what}"))


def one_value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The first column of the first row; None where there is no row."""
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def utc(instant: str) -> str:
    """An instant as a TIMESTAMP without zone, because fetching one with a zone needs pytz."""
    return f"({instant}) AT TIME ZONE 'UTC'"
