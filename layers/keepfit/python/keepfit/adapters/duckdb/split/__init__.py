"""The split of collected rows in DuckDB, by time or drawn, and the folds of validation."""
