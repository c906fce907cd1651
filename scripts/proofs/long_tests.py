"""Proof: the tests that take too long for every run, and property tests with many times the examples."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from cli.checkout import ROOT
from proofs.proof import Claim, Proof, Tell

NAME = "tests"
_EFFORT = 4.0
_MAX_SHOWN = 10


def prove(tell: Tell) -> Proof:
    """Runs them by pytest, as `scripts/test` runs the others."""
    tell("tests that take long, and many times the usual examples, drawn anew, of all others that draw")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", "long or hypothesis"],
        cwd=ROOT,
        env={**os.environ, "KEEPFIT_TEST_EFFORT": str(_EFFORT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return judge(done.stdout, done.returncode)


def judge(said: str, code: int) -> Proof:
    """The proof of what pytest ``said`` at its end."""
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    summary = (re.findall(r"^\d+ .* in [\d.]+s.*$", said, re.MULTILINE) or said.splitlines()[-1:] or [""])[-1]
    found = ", ".join([summary, *failed[:_MAX_SHOWN]])
    return Proof(
        name=NAME,
        claims=[Claim(promise="every test passes", found=found, holds=code == 0)],
        figures={"failed": len(failed)},
        details=[{"failed": name} for name in failed],
    )
