"""Identifiers and string literals of DuckDB's SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """The name of a column or table as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
