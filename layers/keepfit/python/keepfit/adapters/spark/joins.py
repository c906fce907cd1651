"""Writes joins on Spark down, for others to carry out; see ``application.ports.FeatureJoins``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from keepfit.adapters.duckdb.spine import make_spine, table_of
from keepfit.adapters.spark.engine import write_asking
from keepfit.adapters.spark.job import join_job
from keepfit.features.database import database
from keepfit.features.datasets.part_rows import part_rows
from keepfit.features.offline.join_job import JOB, RESULTS, SPINE
from keepfit.features.offline.plan import TrainingSetPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkJoins:
    """See ``application.ports.FeatureJoins``; spills to disk what exceeds ``memory_mb``."""

    memory_mb: int
    threads: int

    def write(
        self,
        folder: Path,
        plan: TrainingSetPlan,
        parts: Sequence[Path],
        *,
        addresses: Mapping[str, Sequence[str]],
        texts: Mapping[str, str],
        at: str,
    ) -> int:
        with database(folder, memory_mb=self.memory_mb, threads=self.threads) as connection:
            rows = part_rows(parts, plan.datasets[plan.spine])
            connection.execute(f"CREATE VIEW {table_of(plan.spine)} AS {rows}")
            make_spine(connection, plan)
            asking = write_asking(connection, plan, folder / SPINE)
        job = join_job(
            plan,
            addresses,
            rows=asking,
            spine=f"{at}{SPINE}",
            output=f"{at}{RESULTS}/",
            translate=texts.__getitem__,
        )
        (folder / JOB).write_bytes(msgspec.json.encode(job))
        return asking
