"""DuckDB as keepfit runs it."""

from __future__ import annotations

from pathlib import Path

from keepfit.features.database import database


def test_a_query_that_takes_long_prints_nothing_into_a_functions_log(tmp_path: Path) -> None:
    with database(tmp_path, memory_mb=64) as connection:
        [(printed,)] = connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    assert printed is False
