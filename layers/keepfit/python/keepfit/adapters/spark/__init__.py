"""The engine beyond one machine: Spark joins the views' rows, DuckDB does all else."""
