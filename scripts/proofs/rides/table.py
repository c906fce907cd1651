"""A made-up table whose columns are of every type, and definitions of three models that learn from it."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

_TRAINING = """
[model.{name}.training]
candidates.trees = {{ algorithm = "lightgbm", parameters = {{ n_estimators = 40 }} }}
{more}
[model.{name}.retraining]
on = ["upload"]
cooldown = "1s"
[model.{name}.release]
strategy = "at_once"
"""
MODELS = {"ride_late": "late", "ride_kind": "kind", "ride_minutes": "minutes"}
"""Each model, and what it predicts: a truth, one of some classes, a number."""
_MORE = {"ride_late": 'feature_selection = "shadow"\nsearch = { trials = 4, engine = "grid" }'}
_DATASET = """
[dataset.rides]
event_time = "started_at"
[dataset.rides.fields]
started_at = { type = "timestamp" }
station    = { type = "category" }
distance   = { type = "float", min = 0 }
passengers = { type = "int", nullable = true }
weekend    = { type = "bool" }
remark     = { type = "text", nullable = true }
noise      = { type = "float" }
late       = { type = "bool", nullable = true }
kind       = { type = "category", nullable = true }
minutes    = { type = "float", nullable = true }
"""
FIELDS = ("started_at", "station", "distance", "passengers", "weekend", "remark", "noise")
_STATIONS = ("north", "south", "east", "west")
_REMARKS = ("heavy rain again", "clear road", "", "road works ahead")


def write_definitions(folder: Path) -> None:
    """Writes the dataset and the models as one file."""
    inputs = ", ".join(f'"{field}"' for field in FIELDS)
    models = [
        f'[model.{name}]\ndataset = "rides"\nlabel = "{label}"\ninputs = [{inputs}]\n'
        + _TRAINING.format(name=name, more=_MORE.get(name, ""))
        for name, label in MODELS.items()
    ]
    (folder / "rides.toml").write_text(_DATASET + "".join(models))


def write_rides(path: Path, *, first: int, count: int) -> None:
    """Writes ``count`` rides, an hour apart, from the ride ``first`` on."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*FIELDS, "late", "kind", "minutes"])
        for number in range(first, first + count):
            writer.writerow(_ride(number))


def _ride(number: int) -> list[object]:
    drawn = random.Random(number)  # noqa: S311  no secret
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    station, remark = drawn.choice(_STATIONS), drawn.choice(_REMARKS)
    distance, passengers = drawn.uniform(1, 20), drawn.choice([1, 2, 3, ""])
    minutes = 3 * distance + 15 * ("rain" in remark) + 5 * _STATIONS.index(station) + drawn.gauss(0, 4)
    kind = "short" if minutes < 25 else "long" if minutes > 50 else "usual"
    asked = [at.isoformat(), station, round(distance, 3), passengers, at.weekday() > 4, remark]
    return [*asked, round(drawn.gauss(0, 1), 3), minutes > 38, kind, round(minutes, 2)]
