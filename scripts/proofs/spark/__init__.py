"""Proof: DuckDB and Spark make the same training set of twenty million events."""
