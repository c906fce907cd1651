"""The features of a run that were joined elsewhere: fetched for the engine that takes them over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from keepfit.errors import ServiceUnavailable
from keepfit.features.offline.join_job import EXCHANGE, JOB, RESULTS, JoinJob
from keepfit.features.offline.registry import AUTO, DUCKDB, SPARK
from keepfit.training.runs.run_files import RunFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedFeatures:
    """The exchange of one run, in the folder of its rows."""

    files: RunFiles

    def job(self, engine: str) -> JoinJob | None:
        """What was joined elsewhere; None where the step is to join itself.

        Raises:
            ServiceUnavailable: the definition wants Spark, and nothing was joined.
        """
        if engine not in (SPARK, AUTO):
            return None
        body = self.files.rows.find(f"{EXCHANGE}/{JOB}")
        if body is None and engine == SPARK:
            raise ServiceUnavailable(
                "the definition joins features on Spark, and no job was planned for this run: deploy the model's stack "
                "again, and train again"
            )
        return None if body is None else msgspec.json.decode(body, type=JoinJob)

    def fetch(self, job: JoinJob, folder: Path) -> None:
        """Copies the document and its results to where the engine looks for them.

        Raises:
            ServiceUnavailable: a result is not there.
        """
        kept, exchange = self.files.rows, folder / EXCHANGE
        exchange.mkdir()
        (exchange / JOB).write_bytes(msgspec.json.encode(job))
        for statement in job.statements:
            if statement.output is None:
                continue
            results = exchange / RESULTS / statement.name
            results.mkdir(parents=True)
            prefix = kept.key(f"{EXCHANGE}/{RESULTS}/{statement.name}/")
            keys = [key for key in kept.store.list(prefix) if key.endswith(".parquet")]
            if not keys:
                raise ServiceUnavailable(f"the job of Spark left no result {statement.name}; train again")
            for number, key in enumerate(keys):
                kept.store.get_file(key, results / f"{number}.parquet")


def engine_that_joins(defined: str, job: JoinJob | None) -> str:
    """The name of the engine that makes the training set."""
    if defined not in (SPARK, AUTO):
        return defined
    return DUCKDB if job is None else SPARK
