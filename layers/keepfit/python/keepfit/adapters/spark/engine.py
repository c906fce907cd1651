"""The engine that joins the views' rows on Spark, and leaves all else to DuckDB.

What is to be joined is written down first, then a job of Spark does it, then its results are taken over: where the job
runs on EMR Serverless, a state machine does one after the other. Labelled rows, their cut, timeless views and derived
columns are DuckDB's here as they are in its own engine, so only what grows is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from keepfit.adapters.duckdb.training_rows import DuckdbTrainingRows
from keepfit.adapters.spark.job import join_job, joined_datasets
from keepfit.adapters.spark.job_results import take_over
from keepfit.adapters.spark.spine import Spine
from keepfit.features.database import database
from keepfit.features.offline.join_job import EXCHANGE, JOB, RESULTS, SPINE, JoinJob
from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.sql_literals import text

RunJob = Callable[[Path], None]
"""Runs the job of a document, whose files and results are local.

Raises:
    InvalidDefinition: the SQL of a view fails on the rows that there are.
"""


def write_asking(connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan, path: Path) -> int:
    """Writes the rows of the table ``spine``."""
    rows = Spine.of(plan).written(plan.datasets[plan.spine].event_column)
    connection.execute(f"COPY ({rows}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    [(count,)] = connection.execute("SELECT count(*) FROM spine").fetchall()
    return int(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkEngine:
    """See ``application.ports.Engine``.

    Without ``run``, the job was run before: its document and results are in ``EXCHANGE`` of the engine's folder.
    """

    memory_mb: int
    threads: int
    run: RunJob | None = None

    @contextmanager
    def training_rows(self, folder: Path) -> Iterator[DuckdbTrainingRows]:
        with database(folder, memory_mb=self.memory_mb, threads=self.threads) as connection:
            yield DuckdbTrainingRows(connection, join_features=_Joining(folder / EXCHANGE, self.run))


@dataclass(frozen=True, slots=True)
class _Joining:
    """Takes over the results in a folder, of a job that is run now where there is what runs it."""

    exchange: Path
    run: RunJob | None

    def __call__(
        self,
        connection: duckdb.DuckDBPyConnection,
        plan: TrainingSetPlan,
        parts: Mapping[str, Sequence[Path]],
    ) -> str:
        if self.run is not None:
            self.exchange.mkdir()
            addresses = {name: [str(part) for part in parts[name]] for name in joined_datasets(plan)}
            rows = write_asking(connection, plan, self.exchange / SPINE)
            spine, output = str(self.exchange / SPINE), f"{self.exchange / RESULTS}/"
            job = join_job(plan, addresses, rows=rows, spine=spine, output=output)
            (self.exchange / JOB).write_bytes(msgspec.json.encode(job))
            self.run(self.exchange / JOB)
        job = msgspec.json.decode((self.exchange / JOB).read_bytes(), type=JoinJob)
        return take_over(connection, plan, self.exchange / RESULTS, rows=job.rows)


ENGINE = SparkEngine
