"""Adapters on DuckDB: training sets, point-in-time joins, and collected predictions."""
