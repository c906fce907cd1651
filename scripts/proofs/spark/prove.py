"""Proof: DuckDB and Spark make the same training set; a job outlives an executor."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from keepfit.adapters.spark.engine import SparkEngine
from keepfit.application.engines import engine_of
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.features.offline.plan import TrainingSetPlan
from localcloud.spark_process import ROOT, SparkProcess
from proofs.long_tests import judge
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.spark import joins
from proofs.spark.events import DEFINITIONS, write_datasets
from proofs.spark.product import states_of_a_run

NAME = "spark"
EVENTS = 2_000_000
"""By default; `--events` says another number."""
_EVENTS_PER_ROW = 10
_FEW = 200_000
_MEMORY_MB, _THREADS = 4096, 2
_MAX_DEVIATION = 1e-12
_DEVIATIONS = ("spread",)
"""What is the root of a difference of sums; all other values are the same to the bit."""
_TESTS = ("tests/contract/test_engines.py", "tests/contract/test_engine_aggregates.py")


def prove(tell: Tell, events: int = EVENTS) -> Proof:
    """Joins events by both engines, once more with an executor killed, and runs the contract."""
    tell("installing Spark")
    subprocess.run([ROOT / "scripts" / "setup", "spark"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-spark-") as name:
        folder = Path(name)
        plan, names = _plan(folder)
        claims, figures = _same(folder, plan, names, events, tell)
        claims += _outlives(folder, plan, names, tell)
        claims.append(_joins_in_the_cloud(folder / "product", tell))
    tell("running the contract of engines on Spark")
    return Proof(name=NAME, claims=[*claims, *_contract()], figures=figures)


def _plan(folder: Path) -> tuple[TrainingSetPlan, list[str]]:
    (folder / "models").mkdir()
    (folder / "models" / "rides.toml").write_text(DEFINITIONS)
    plan = plan_of(compiling.compile_all(folder / "models").models["lateness"])
    return plan, [*plan.columns]


def _same(
    folder: Path, plan: TrainingSetPlan, names: list[str], events: int, tell: Tell
) -> tuple[list[Claim], dict[str, object]]:
    tell(f"writing {events:,} events")
    data = folder / "data"
    data.mkdir()
    parts = write_datasets(data, events=events, rows=events // _EVENTS_PER_ROW)
    jobs = joins.Jobs(folder / "shuffles")
    engines = {
        "duckdb": engine_of("duckdb", memory_mb=_MEMORY_MB, threads=_THREADS),
        "spark": SparkEngine(memory_mb=_MEMORY_MB, threads=_THREADS, run=jobs.run),
    }
    seconds = {}
    for name, engine in engines.items():
        tell(f"joining {events:,} events by {name}")
        seconds[name] = joins.make(engine, plan, parts, names, folder / name)
    one, other = folder / "duckdb", folder / "spark"
    exact = [name for name in names if name not in _DEVIATIONS]
    deviation = max(joins.largest_difference(one, other, name) for name in _DEVIATIONS)
    counted = joins.rows_of(one)
    bad = joins.products_and_single_partitions(jobs.printed)
    filled = joins.filled(one, names)
    claims = [
        at_least("rows of the training set", counted, events // _EVENTS_PER_ROW // 2),
        at_least("share of rows that the rarest feature is in", min(filled.values()), 0.05),
        at_most("rows that only one of the engines has", abs(counted - joins.rows_of(other)), 0),
        at_most(
            f"values that differ, of {counted * len(exact):,}", joins.differing_values(one, other, exact), 0
        ),
        at_most("difference of deviations, as a share", deviation, _MAX_DEVIATION),
        at_most("products and windows in one partition in Spark's plans", len(bad), 0),
        at_least("plans that Spark printed", jobs.printed.count("== Physical Plan =="), 4),
    ]
    figures = {"events": events, "rows": counted, "seconds": seconds, "filled": filled}
    figures["differing deviations"] = joins.differing_values(one, other, _DEVIATIONS)
    return claims, figures


def _outlives(folder: Path, plan: TrainingSetPlan, names: list[str], tell: Tell) -> list[Claim]:
    """The same on two executors of their own, of which one is killed."""
    tell("joining on two executors, of which one is killed")
    data = folder / "few"
    data.mkdir()
    parts = write_datasets(data, events=_FEW, rows=_FEW // _EVENTS_PER_ROW)
    jobs = joins.Jobs(folder / "shuffles-of-few", master="local-cluster[2,1,1024]", kills=True)
    joins.make(
        engine_of("duckdb", memory_mb=_MEMORY_MB, threads=2), plan, parts, names, folder / "few-duckdb"
    )
    joins.make(
        SparkEngine(memory_mb=_MEMORY_MB, threads=2, run=jobs.run), plan, parts, names, folder / "few-spark"
    )
    exact = [name for name in names if name not in _DEVIATIONS]
    differing = joins.differing_values(folder / "few-duckdb", folder / "few-spark", exact)
    return [
        at_least("executors killed while they worked", len(jobs.killed), 1),
        at_most("values that differ then", differing, 0),
    ]


def _joins_in_the_cloud(folder: Path, tell: Tell) -> Claim:
    """A run of the product, whose job EMR Serverless of the embedded cloud carries out."""
    states = states_of_a_run(folder, tell)
    wanted = ["PlanJoin", "JoinedOnSpark?", "JoinFeatures", "BuildTrainingSet"]
    return Claim(
        promise="a run joins on EMR Serverless of the embedded cloud, and is judged",
        found=", ".join(states),
        holds=[state for state in states if state in wanted] == wanted and "Judge" in states,
    )


def _contract() -> list[Claim]:
    environment = {"KEEPFIT_TEST_ENGINES": "spark", "KEEPFIT_SPARK_PYTHON": str(SparkProcess().python)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_TESTS],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    [claim] = judge(done.stdout, done.returncode).claims
    return [Claim(promise="the contract of engines", found=claim.found, holds=claim.holds)]
