#!/bin/sh
# DuckDB 2.0.1 writes NaN and Infinity as bare words into JSON, calls the result valid, and polars cannot read the file.
#
# JSON has no such numbers (RFC 8259). `COPY ... (FORMAT json)` and `to_json` write them all the same, and `json_valid` says
# true. polars 1.44.2 refuses the whole file with an error that names a character; pandas 3.1.1 reads it. Writing
# `CASE WHEN isfinite(x) THEN x END` gives a file that both read. Seen on 2026-11-29 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet duckdb==2.0.1 polars==1.44.2 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" - <<'PROGRAM'
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

rows = "(VALUES (1, 0.5::DOUBLE), (2, 'nan'), (3, 'inf')) AS t(row, x)"
duckdb.execute(f"COPY (SELECT * FROM {rows}) TO 'rows.jsonl' (FORMAT json)")
duckdb.execute(f"COPY (SELECT row, CASE WHEN isfinite(x) THEN x END AS x FROM {rows}) TO 'finite.jsonl' (FORMAT json)")
written = Path("rows.jsonl").read_text().splitlines()
print(f"duckdb {version('duckdb')} writes {written}")
[(valid,)] = duckdb.execute("SELECT json_valid(?::VARCHAR)", [written[1]]).fetchall()
print(f"and json_valid says {valid} of the second line")
try:
    pl.read_ndjson("rows.jsonl")
    refused = None
except pl.exceptions.ComputeError as error:
    refused = str(error)
print(f"polars {version('polars')} says: {refused}")
print(f"pandas {version('pandas')} reads {len(pd.read_json('rows.jsonl', lines=True))} rows")
print(f"of the file without them polars reads {pl.read_ndjson('finite.jsonl')['x'].to_list()}")
assert written[1:] == ['{"row":2,"x":NaN}', '{"row":3,"x":Infinity}'], written
assert valid is True
assert refused is not None
PROGRAM
