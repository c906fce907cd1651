#!/bin/sh
# DuckDB 2.0.0 makes a hash join of every `x IN (constants)` of a projection, so that memory and time grow with columns.
#
# A CASE per column whose test is an IN of some twenty words becomes a mark join per column, each with a hash table of its
# own of some megabytes, and each stage carries all columns. 90 columns of 6,000 short rows then need hundreds of
# megabytes and seconds, and fail in a limit of 256 MiB. The words are compared in place where the optimizer
# "in_clause" is switched off, in a few megabytes and a fraction of the time. Seen on 2026-11-29 with Python 3.11, x86_64.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
import time

import duckdb

COLUMNS, WORDS = 90, ", ".join(f"'word {number}'" for number in range(20))
texts = ", ".join(f"CAST((i * {n}) % 97 AS VARCHAR) AS t{n}" for n in range(1, COLUMNS + 1))
cases = ", ".join(f"CASE WHEN t{n} IN ({WORDS}) THEN NULL ELSE t{n} END AS v{n}" for n in range(1, COLUMNS + 1))
query = f"COPY (SELECT {cases} FROM (SELECT {texts} FROM range(6000) AS r(i))) TO 'out.parquet' (FORMAT parquet)"


def run(disabled):
    """The seconds that the query takes within 256 MiB; None where it does not fit."""
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MiB", "temp_directory": ""}) as connection:
        connection.execute(f"SET disabled_optimizers = '{disabled}'")
        began = time.perf_counter()
        try:
            connection.execute(query)
        except duckdb.OutOfMemoryException:
            return None
        return time.perf_counter() - began


usual, compared = run(""), run("in_clause")
said = "do not fit" if usual is None else f"take {usual:.2f} s"
print(f"duckdb {duckdb.__version__}: {COLUMNS} tests by IN {said} as usual, and {compared:.2f} s without in_clause")
sys.exit(0 if compared is not None and (usual is None or usual > 3 * compared) else 1)
PY
