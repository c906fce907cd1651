"""Expressions: row-level SQL parsed once, run as DuckDB SQL in training and as Python in serving."""
