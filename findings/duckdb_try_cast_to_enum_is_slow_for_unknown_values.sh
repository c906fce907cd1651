#!/bin/sh
# DuckDB 2.0.1 takes several hundred times as long to TRY_CAST a text to an ENUM that does not hold it as to one that does.
#
# The answer is NULL either way round, so the guess was that both cost a look into the type's dictionary. For a value that is
# not in an ENUM of 1,000 the cast takes about 20 microseconds, the time to word an error that nobody reads. 200,000 rows of
# unseen categories take seconds; a LEFT JOIN with a table of the same names takes milliseconds for known and unknown alike.
# Seen on 2026-11-29 with Python 3.11, x86_64.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
import time

import duckdb

ROWS, VALUES = 200_000, 1_000
connection = duckdb.connect()
connection.execute("SET threads = 1")
connection.execute(f"CREATE TYPE category AS ENUM (SELECT 'v' || i FROM range({VALUES}) t(i))")
connection.execute(f"CREATE TABLE names AS SELECT 'v' || i AS name, i AS code FROM range({VALUES}) t(i)")


def seconds(query):
    """CPU time of the query, and its answer."""
    started = time.process_time()
    ((answer,),) = connection.execute(query).fetchall()
    return time.process_time() - started, answer


print(f"duckdb {duckdb.__version__}: {ROWS} rows, {VALUES} values")
casts = {}
for kind, letter in (("known", "v"), ("unknown", "u")):
    texts = f"SELECT '{letter}' || (i % {VALUES}) AS text FROM range({ROWS}) r(i)"
    connection.execute(f"CREATE OR REPLACE TABLE texts AS {texts}")
    cast, found = seconds("SELECT count(TRY_CAST(text AS category)) FROM texts")
    join, joined = seconds("SELECT count(code) FROM texts LEFT JOIN names ON text = name")
    assert found == joined
    casts[kind] = cast
    print(f"{kind:8} cast {cast:.3f} s, join {join:.3f} s, {found} found")
ratio = casts["unknown"] / casts["known"]
print(f"a cast of unknown values takes {ratio:.0f} times as long as one of known values")
sys.exit(0 if ratio > 50 else 1)
PY
