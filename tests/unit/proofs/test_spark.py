"""The proof of Spark: what it looks for is found where it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from localcloud.errors import SparkMissing
from localcloud.spark_process import SparkProcess
from proofs.spark import joins
from proofs.spark.events import write_datasets


def test_without_spark_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SparkMissing, match="scripts/setup spark"):
        SparkProcess(tmp_path).command(Path("job.py"), [])


def test_steps_that_meet_all_rows_are_found_in_plans() -> None:
    plan = "+- Exchange hashpartitioning(k0#1, 32)\n+- Exchange SinglePartition\n+- CartesianProduct\n"
    assert joins.products_and_single_partitions(plan) == ["SinglePartition", "CartesianProduct"]


def test_values_that_differ_are_counted_missing_ones_too(tmp_path: Path) -> None:
    for name, rows in {"one": "(1, 2.0), (2, NULL)", "other": "(1, 2.5), (2, 1.0)"}.items():
        (tmp_path / name).mkdir()
        for part in ("train", "validation", "holdout"):
            path = tmp_path / name / f"{part}.parquet"
            duckdb.execute(f"COPY (SELECT * FROM (VALUES {rows}) AS _(a, b)) TO '{path}' (FORMAT parquet)")
    one, other = tmp_path / "one", tmp_path / "other"
    assert joins.differing_values(one, other, ["a", "b"]) == 6
    assert joins.differing_values(one, one, ["a", "b"]) == 0
    assert joins.largest_difference(one, other, "b") == 0.25
    assert joins.rows_of(one) == 6


def test_only_what_a_process_started_is_its_descendant() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input() # a-mark'], stdin=0)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as parent:
        found: list[int] = []
        while not found:
            found = joins.descendants(parent.pid, "a-mark")
        assert parent.pid not in found
        assert os.getpid() not in joins.descendants(parent.pid, "")
        assert parent.stdin is not None
        parent.stdin.close()


def test_events_are_late_corrected_tied_repeated_and_of_no_entity(tmp_path: Path) -> None:
    parts = write_datasets(tmp_path, events=20_000, rows=100)
    rides, states = (f"read_parquet('{parts[name][0]}')" for name in ("rides", "states"))
    repeated = "GROUP BY ALL HAVING count(*) > 1)"
    asked = [
        f"SELECT count(*) FROM {rides} WHERE told > began",
        f"SELECT count(*) FROM {rides} WHERE told < began",
        f"SELECT count(*) FROM {rides} WHERE car IS NULL",
        f"SELECT count(*) FROM (SELECT car, began FROM {rides} {repeated}",
        f"SELECT count(*) FROM (SELECT * EXCLUDE (_source_row) FROM {rides} {repeated}",
        f'SELECT count(*) FROM (SELECT car, "at" FROM {states} {repeated}',
    ]
    counts = [duckdb.execute(sql).fetchall()[0][0] for sql in asked]
    assert min(counts) > 50, counts
