"""Definitions and rows of a search in which a trial raises, one hangs and one kills its process."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

DATASET, CANDIDATE = "errands", "linear"
WORKERS: Final = (1, 2, 4)
RAISES, HANGS, KILLS = 7.0, 17.0, 27.0
"""The strengths of regularization with which a fit misbehaves."""
_GOOD: Final = [round(0.01 * 1.05**step, 6) for step in range(201)]
_PLACES: Final = {RAISES: 40, HANGS: 90, KILLS: 140}
_ROWS: Final = 800
_CODE = f"""
import os
import signal
import time

from sklearn.linear_model import LogisticRegression

from keepfit.training.recipes.preparation import one_hot_and_scaled


def estimator(columns, seed, C=0.00001):
    if C == {RAISES}:
        raise RuntimeError("this strength is not accepted")
    if C == {KILLS}:
        os.kill(os.getpid(), signal.SIGKILL)
    while C == {HANGS}:
        try:
            time.sleep(60)
        except Exception:
            pass
    return one_hot_and_scaled(columns, LogisticRegression(C=C, max_iter=200))
"""
_MODEL = """
[model.{name}]
dataset = "errands"
label = "late"
inputs = ["station", "distance", "weight", "started_at"]
[model.{name}.training]
search = {{ trials = {trials}, minutes = 10, engine = "grid", workers = {workers} }}
[model.{name}.training.candidates.linear]
algorithm = "own_code"
[model.{name}.training.candidates.linear.search]
C = {strengths}
[model.{name}.release]
strategy = "at_once"
"""
_TABLE = """
[dataset.errands]
event_time = "started_at"
[dataset.errands.fields]
started_at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float", min = 0 }
weight = { type = "float" }
late = { type = "bool", nullable = true }
"""


def strengths() -> list[float]:
    """What the trials after the first try, in their order."""
    values = list(_GOOD)
    for value, place in sorted(_PLACES.items(), key=lambda each: each[1]):
        values.insert(place, value)
    return values


def model_of(workers: int) -> str:
    """The name of the model whose search has so many workers."""
    return f"errands_by_{workers}"


def write_definitions(folder: Path) -> None:
    """Writes the dataset, a model for each number of workers, and their code."""
    values = strengths()
    models = [
        _MODEL.format(name=model_of(workers), trials=1 + len(values), workers=workers, strengths=values)
        for workers in WORKERS
    ]
    (folder / "errands.toml").write_text(_TABLE + "".join(models))
    for workers in WORKERS:
        code = folder / model_of(workers) / "estimator.py"
        code.parent.mkdir()
        code.write_text(_CODE)


def write_rows(path: Path) -> None:
    """Writes errands, an hour apart."""
    drawn = random.Random(0)  # noqa: S311  no secret
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["started_at", "station", "distance", "weight", "late"])
        for number in range(_ROWS):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
            station, distance, weight = drawn.choice("nesw"), drawn.uniform(0, 10), drawn.gauss(0, 1)
            score = 0.5 * distance + weight + 2 * (station == "n") - 3 + drawn.gauss(0, 2)
            writer.writerow([at.isoformat(), station, round(distance, 3), round(weight, 3), score > 0])
