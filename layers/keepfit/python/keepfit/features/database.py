"""DuckDB connections with house limits: one folder, bounded memory, UTC, no other access."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from keepfit.features.sql_literals import text


@contextmanager
def database(folder: Path, *, memory_mb: int, threads: int = 1) -> Iterator[Any]:
    """Opens a connection that reads, writes and spills in ``folder`` only."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "home_directory": str(folder),
        "memory_limit": f"{memory_mb}MiB",
        "temp_directory": str(folder / "spilled"),
        "threads": threads,
    }
    with duckdb.connect(config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # It would be printed, which means into the log of a function.
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET allowed_directories = [{text(str(folder))}]")
        # A file's own statistics may be wrong, and DuckDB would leave out a comparison whose answer they seem to give.
        # It would make a hash join of each IN of several words, for which ninety columns need all the memory there is.
        connection.execute("SET disabled_optimizers = 'in_clause, statistics_propagation'")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
