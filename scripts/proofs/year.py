"""Proof: over a year, the retrained model beats the frozen one, and a seed repeats the year."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from cli.checkout import ROOT
from cli.exits import CommandError
from proofs.proof import Claim, Proof, Tell, at_least, at_most

NAME = "year"
_RETRAININGS, _MEAN_AUC, _GAIN = 2, 0.69, 0.015
_RUNS = 2
_MAX_SHOWN = 2000


def prove(tell: Tell, *, seed: int = 0) -> Proof:
    """Plays the year from nothing ``_RUNS`` times.

    Raises:
        CommandError: a year could not be played to its end; the message ends with what it said.
    """
    years = []
    for number in range(_RUNS):
        tell(f"the year is played, {number + 1} of {_RUNS}")
        years.append(_play(seed))
    return judge(years)


def judge(years: list[dict[str, Any]]) -> Proof:
    """The claims about the years' documents (`scripts/demo --json`), which must be equal."""
    first, *others = years
    gain = first["mean_auc"] - first["mean_auc_frozen"]
    same = all(_course(other) == _course(first) for other in others)
    return Proof(
        name=NAME,
        claims=[
            at_least("retrainings caused by alarms", first["retrainings_by_alarm"], _RETRAININGS),
            at_least("mean monthly AUC of the kept-fit model", first["mean_auc"], _MEAN_AUC),
            at_least("and above the frozen one's", gain, _GAIN),
            at_most("failed requests", max(_failed(year) for year in years), 0),
            Claim(
                promise="the same seed gives the same champions and AUCs",
                found="the same" if same else _differences(first, others),
                holds=same,
            ),
        ],
        figures={
            "seconds": [year["seconds"] for year in years],
            "mean_auc": first["mean_auc"],
            "mean_auc_frozen": first["mean_auc_frozen"],
            "gain": gain,
            "months": [_shown(month) for month in first["months"]],
        },
    )


def _play(seed: int) -> dict[str, Any]:
    """Plays one year on a cloud of its own; this machine's clouds stay as they are."""
    with tempfile.TemporaryDirectory(prefix="keepfit-year-") as state:
        done = subprocess.run(
            [sys.executable, "-m", "replay", "--json", "--seed", str(seed)],
            cwd=ROOT,
            env={**os.environ, "KEEPFIT_STATE": state},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise CommandError(f"the year ended with exit code {done.returncode}:\n{done.stderr[-_MAX_SHOWN:]}")
    year: dict[str, Any] = json.loads(done.stdout)
    return year


def _course(year: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(_shown(month).values()) for month in year["months"]]


def _shown(month: dict[str, Any]) -> dict[str, Any]:
    return {name: month[name] for name in ("month", "champion", "auc", "auc_frozen")}


def _failed(year: dict[str, Any]) -> int:
    return sum(month["failed_requests"] for month in year["months"])


def _differences(first: dict[str, Any], others: list[dict[str, Any]]) -> str:
    apart = [
        f"month {one[0]}: {one[1:]} and {other[1:]}"
        for year in others
        for one, other in zip(_course(first), _course(year), strict=True)
        if one != other
    ]
    return "; ".join(apart)
