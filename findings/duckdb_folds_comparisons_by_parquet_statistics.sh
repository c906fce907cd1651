#!/bin/sh
# DuckDB 2.0.1 answers comparisons on a Parquet column from the file's min and max alone, although the file holds NaN.
#
# pyarrow 26.0.1 leaves NaN out of a column's statistics, as the format's specification asks of writers. Of [NaN, 1.0] they
# then say that every value is 1.0, and DuckDB answers `abs(x) <= 3.4e38` and `x BETWEEN 0 AND 3` with true for NaN too,
# where the same query on a table in memory says false. With the optimizer statistics_propagation disabled both agree.
# Seen on 2026-11-27 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

pq.write_table(pa.table({"x": [float("nan"), 1.0]}), "a.parquet")
question = "SELECT abs(x) <= 3.4e38, x BETWEEN 0 AND 3 FROM "
file = duckdb.sql(question + "'a.parquet'").fetchall()
duckdb.sql("CREATE TABLE a AS FROM 'a.parquet'")
memory = duckdb.sql(question + "(SELECT x FROM a)").fetchall()
duckdb.sql("SET disabled_optimizers = 'statistics_propagation'")
without = duckdb.sql(question + "'a.parquet'").fetchall()
print(f"duckdb {duckdb.__version__}, pyarrow {pa.__version__}")
print(f"from the file:                              {file}")
print(f"from a table in memory:                     {memory}")
print(f"from the file, without that optimizer:      {without}")
sys.exit(0 if file[0] == (True, True) and without[0] == (False, False) else 1)
PY
