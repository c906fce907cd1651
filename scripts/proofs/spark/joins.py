"""A plan's training set by DuckDB and by Spark, and what Spark did for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from keepfit.application.ports import PARTS, Engine
from keepfit.features.offline.plan import TrainingSetPlan
from localcloud.spark_process import ROOT, SparkProcess

SCRIPT = ROOT / "functions" / "join_features" / "job.py"
_SETTINGS = {"spark.driver.memory": "3g", "spark.sql.shuffle.partitions": "32"}
_EXECUTOR = "CoarseGrainedExecutorBackend"


@dataclass(slots=True)
class Jobs:
    """Runs jobs as processes, keeps what they printed, and kills an executor where that is wanted."""

    scratch: Path
    master: str = "local[2]"
    kills: bool = False
    printed: str = ""
    killed: list[int] = field(default_factory=list)
    spark: SparkProcess = field(default_factory=SparkProcess)

    def run(self, document: Path) -> None:
        """See ``adapters.spark.engine.RunJob``."""
        environment = self.spark.environment(self.scratch, master=self.master, settings=_SETTINGS)
        log = document.parent / "log"
        with log.open("w") as written:
            process = subprocess.Popen(
                self.spark.command(SCRIPT, [str(document)]),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            )
            if self.kills:
                self._kill_one(process, document.parent / "results")
            self.printed = process.communicate()[0]
        if process.returncode:
            raise RuntimeError(log.read_text()[-2000:])

    def _kill_one(self, process: subprocess.Popen[str], results: Path) -> None:
        """Kills an executor while the first result is being made."""
        while process.poll() is None and not self.killed:
            executors = descendants(process.pid, _EXECUTOR)
            if len(executors) > 1 and results.exists():
                os.kill(executors[-1], signal.SIGKILL)
                self.killed.append(executors[-1])
            time.sleep(0.2)


def descendants(pid: int, named: str) -> list[int]:
    """The processes that a process started, those of them that have ``named`` in their command."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
    found, generation = [], {pid}
    while generation := {child for child, parent in parents.items() if parent in generation}:
        found += sorted(generation)
    return [child for child in found if named in _command(child)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def make(
    engine: Engine,
    plan: TrainingSetPlan,
    parts: Mapping[str, Sequence[Path]],
    names: Sequence[str],
    folder: Path,
) -> float:
    """Writes the training set of an engine to ``folder``; the seconds that joining took."""
    folder.mkdir()
    # An engine reaches its own folder alone.
    linked = {name: [_linked(path, folder / "parts") for path in paths] for name, paths in parts.items()}
    with engine.training_rows(folder) as rows:
        started = time.perf_counter()
        rows.collect(plan, linked)
        took = time.perf_counter() - started
        rows.cut(plan.split)
        for part in PARTS:
            rows.write_parquet(part, names, folder / f"{part}.parquet")
    return took


def _linked(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    link = folder / path.name
    link.hardlink_to(path)
    return link


def rows_of(folder: Path) -> int:
    """How many rows are in a training set."""
    [(count,)] = _asked(f"SELECT count(*) FROM {_all(folder)}")
    return int(count)


def differing_values(one: Path, other: Path, names: Sequence[str]) -> int:
    """In how many values two training sets differ, row by row as they stand."""
    differ = " + ".join(f'CAST(_a."{name}" IS DISTINCT FROM _b."{name}" AS INT)' for name in names)
    total = 0
    for part in PARTS:
        joined = f"{_all(one, part)} AS _a POSITIONAL JOIN {_all(other, part)} AS _b"
        [(count,)] = _asked(f"SELECT coalesce(sum({differ}), 0) FROM {joined}")
        total += int(count)
    return total


def largest_difference(one: Path, other: Path, name: str) -> float:
    """By how much a column of two training sets differs at most, as a share of its value."""
    found = [0.0]
    for part in PARTS:
        joined = f"{_all(one, part)} AS _a POSITIONAL JOIN {_all(other, part)} AS _b"
        apart = f'abs(_a."{name}" - _b."{name}") / greatest(abs(_a."{name}"), 1e-300)'
        [(most,)] = _asked(f"SELECT coalesce(max({apart}), 0) FROM {joined}")
        found.append(float(most))
    return max(found)


def filled(folder: Path, names: Sequence[str]) -> dict[str, float]:
    """The share of rows in which each column is there."""
    counts = ", ".join(f'count("{name}") / count(*)' for name in names)
    [shares] = _asked(f"SELECT {counts} FROM {_all(folder)}")
    return dict(zip(names, map(float, shares), strict=True))


def products_and_single_partitions(plans: str) -> list[str]:
    """Steps of physical plans that meet every row with every other, or sort all rows in one place."""
    return re.findall(r"CartesianProduct|BroadcastNestedLoopJoin|SinglePartition", plans)


def _asked(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.execute(sql).fetchall()


def _all(folder: Path, *parts: str) -> str:
    files = ", ".join(f"'{folder / part}.parquet'" for part in parts or PARTS)
    return f"read_parquet([{files}], union_by_name = true)"
