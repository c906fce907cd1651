"""The engine on DuckDB, in the calling process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keepfit.adapters.duckdb.training_rows import DuckdbTrainingRows
from keepfit.features.database import database


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckdbEngine:
    """See ``application.ports.Engine``; spills to disk what exceeds ``memory_mb``."""

    memory_mb: int
    threads: int

    @contextmanager
    def training_rows(self, folder: Path) -> Iterator[DuckdbTrainingRows]:
        with database(folder, memory_mb=self.memory_mb, threads=self.threads) as connection:
            yield DuckdbTrainingRows(connection)


ENGINE = DuckdbEngine
