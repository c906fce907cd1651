"""Proof: over a year, the retrained model beats the frozen one, and a seed repeats the year."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from cli.checkout import ROOT, models_folder
from cli.exits import CommandError
from keepfit.training.recipes.registry import LISTINGS
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from replay.play import MODEL

NAME = "year"
_RETRAININGS, _MEAN_AUC, _GAIN = 2, 0.725, 0.015
_RUNS = 2
_MAX_SHOWN = 2000
SEARCHED_AUC = 0.740
"""What the year comes to without a search; with one it is to be no worse."""
_SEARCHED = ("boosting", "logistic")
"""The candidates that leave the parameters of their recipe's space to the search."""


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


def prove_with_search(tell: Tell, *, seed: int = 0) -> Proof:
    """Plays the year once, as it is but for a search in the model's definition.

    Raises:
        CommandError: it could not be played to its end.
    """
    tell("the year is played, each training with a search")
    with tempfile.TemporaryDirectory(prefix="keepfit-models-") as name:
        models = Path(name) / "models"
        shutil.copytree(models_folder(), models)
        _add_search(models)
        year = _play(seed, KEEPFIT_MODELS=str(models))
    return Proof(
        name=f"{NAME} --search",
        claims=[
            at_least("retrainings caused by alarms", year["retrainings_by_alarm"], _RETRAININGS),
            at_least("mean monthly AUC, rounded as it is told", round(year["mean_auc"], 3), SEARCHED_AUC),
            at_most("failed requests", _failed(year), 0),
        ],
        figures={
            "seconds": year["seconds"],
            "mean_auc": year["mean_auc"],
            "mean_auc_frozen": year["mean_auc_frozen"],
            "upload_to_release_seconds": year["upload_to_release_seconds"],
            "months": [{**_shown(month), "seconds": month["seconds"]} for month in year["months"]],
        },
    )


def _add_search(models: Path) -> None:
    """Lets a search choose what the definition sets by hand of the candidates ``_SEARCHED``.

    Raises:
        LookupError: no file has the table of the model's training.
    """
    table = f"[model.{MODEL}.training]\n"
    file = next((each for each in models.glob("*.toml") if table in each.read_text()), None)
    if file is None:
        raise LookupError(f"no file below {models} has {table.strip()}")
    text = file.read_text().replace(table, f"{table}search = {{}}\n")
    candidates = tomllib.loads(text)["model"][MODEL]["training"]["candidates"]
    for name in _SEARCHED:
        own = candidates[name]
        searched = LISTINGS[own["algorithm"]].searched["classifier"]
        left = {key: value for key, value in own["parameters"].items() if key not in searched}
        head = f"[model.{MODEL}.training.candidates.{name}]\n"
        before, rest = text.split(head)
        written = ", ".join(f"{key} = {value}" for key, value in left.items())
        rest = re.sub(
            r"^parameters *= .*$", f"parameters = {{ {written} }}", rest, count=1, flags=re.MULTILINE
        )
        text = before + head + rest
    file.write_text(text)


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


def _play(seed: int, **settings: str) -> dict[str, Any]:
    """Plays one year on a cloud of its own; this machine's clouds stay as they are."""
    with tempfile.TemporaryDirectory(prefix="keepfit-year-") as state:
        done = subprocess.run(
            [sys.executable, "-m", "replay", "--json", "--seed", str(seed)],
            cwd=ROOT,
            env={**os.environ, "KEEPFIT_STATE": state, **settings},
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
