"""Adapters of the library's ports on AWS, on DuckDB and in memory."""
