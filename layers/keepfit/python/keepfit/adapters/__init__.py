"""Adapters: ports on AWS, on DuckDB and in memory; the only code that knows any of them."""
