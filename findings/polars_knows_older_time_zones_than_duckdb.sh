#!/bin/sh
# In one process, polars and DuckDB read the same wall clock as two instants that are an hour apart.
#
# Each brings time zone rules of its own, as old as its release. polars 1.44.2 still has British Columbia change its clocks
# in November 2026; DuckDB 2.0.1 and the package tzdata 2026.6 (IANA 2026f) know that it no longer does. So noon of
# 1 December 2026 in Vancouver is 20:00 UTC to polars, and 19:00 UTC to DuckDB, and to Python and pandas where they read
# that package. An index or a join by such instants in one of them does not meet what the other one wrote.
# Seen on 2026-11-29 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install duckdb==2.0.1 polars==1.44.2 pandas==3.1.1 tzdata==2026.6
PYTHONTZPATH="" "$folder/venv/bin/python" - <<'PROGRAM'
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl

noon, zone = datetime(2026, 12, 1, 12), "America/Vancouver"
[(by_duckdb,)] = duckdb.execute(f"SELECT epoch(timezone('{zone}', TIMESTAMP '{noon}'))").fetchall()
found = {
    "tzdata": noon.replace(tzinfo=ZoneInfo(zone)).timestamp(),
    "pandas": pd.Timestamp(noon, tz=zone).timestamp(),
    "duckdb": by_duckdb,
    "polars": float(pl.Series([noon]).dt.replace_time_zone(zone).dt.epoch("s")[0]),
}
for package, seconds in found.items():
    print(f"{package} {version(package)}: {noon} in Vancouver is {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC")
assert found["tzdata"] == found["pandas"] == found["duckdb"], found
assert found["polars"] - found["duckdb"] == 3600, found
PROGRAM
