"""Expressions: row-level SQL, parsed once, run by DuckDB in training and by Python in serving."""
