"""Proof: every function copes with AWS faults, 30 % failing and 10 % unanswered requests.

Half of the unanswered requests are performed all the same.

A day is the test of the same name, with a seed of its own: the whole loop, from the first upload to a rollback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from cli.checkout import ROOT
from cli.exits import CommandError
from proofs.proof import Claim, Proof, Tell, at_least

NAME = "faults"
_DAYS, _FAULTS_A_DAY, _OPERATIONS = 30, 100, 18
_TEST = "tests/functions/test_the_loop_on_a_bad_day.py"
# The second kind of report keeps no properties.
_OPTIONS = ("-p", "no:cacheprovider", "-o", "junit_family=xunit1")
_MAX_SHOWN = 2000

Day = dict[str, Any]


def prove(tell: Tell) -> Proof:
    """Plays ``_DAYS`` days of faults.

    Raises:
        CommandError: they could not be played; the message ends with what was said.
    """
    tell(f"{_DAYS} bad days are played")
    return judge(_play(_DAYS), wanted=_DAYS)


def judge(days: list[Day], *, wanted: int) -> Proof:
    """The claims about the days' reports, each ``{"day", "failed", "faults", "operations"}``."""
    failed = [day["day"] for day in days if day["failed"]]
    operations = sorted({operation for day in days for operation in day["operations"]})
    return Proof(
        name=NAME,
        claims=[
            at_least("days played", len(days), wanted),
            Claim(
                promise="on each, every step finishes, nothing is lost, doubled or half done",
                found=f"not on {', '.join(failed)}" if failed else "so it was",
                holds=not failed,
            ),
            at_least("faults on the mildest day", min(day["faults"] for day in days), _FAULTS_A_DAY),
            at_least("kinds of requests that were struck", len(operations), _OPERATIONS),
        ],
        figures={"faults": sum(day["faults"] for day in days), "operations": operations},
    )


def _play(days: int) -> list[Day]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "days.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *_OPTIONS, _TEST],
            cwd=ROOT,
            env={**os.environ, "KEEPFIT_BAD_DAYS": str(days)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            raise CommandError(
                f"the days could not be played:\n{done.stdout[-_MAX_SHOWN:]}{done.stderr[-_MAX_SHOWN:]}"
            )
        return [_read(case) for case in ET.parse(report).iter("testcase")]  # noqa: S314  pytest wrote it


def _read(case: ET.Element) -> Day:
    told = {one.get("name"): one.get("value", "") for one in case.iter("property")}
    return {
        "day": case.get("name", "").rpartition("[")[2].rstrip("]"),
        "failed": any(case.find(kind) is not None for kind in ("failure", "error")),
        "faults": int(told.get("faults", 0)),
        "operations": json.loads(told.get("operations", "[]")),
    }
