"""Two months of flights: January as it was, and a February in which nearly everything leaves from Newark.

In that February it is long flights that are late, which no model of January could know. Everything is drawn with a
seed, so every run of the tests plays the same world.
"""

from __future__ import annotations

import csv
import io
import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from replay.flights import Year

JANUARY, FEBRUARY = 1, 2
_YEAR = Year(seed=0)
_LONG_MILES = 900
_EXCEPTIONS = 0.1
# Of the others so many are missing.
_MOVED_AWAY = 0.95


def january_flights() -> bytes:
    """A sample of January's flights with their outcomes, as CSV."""
    return _csv(_sample(_outcomes(JANUARY), 3_000))


def february_flights() -> bytes:
    """The same of the other February."""
    drawn = random.Random(1)
    rows = [row for row in _outcomes(FEBRUARY) if _stays(row, drawn)]
    return _csv([{**row, "late": _late(row, drawn)} for row in _sample(rows, 6_000)])


def weather(month: int) -> bytes:
    """A month's weather, as CSV."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weather.csv"
        _YEAR.write_weather([month], path)
        return path.read_bytes()


@cache
def january_requests() -> list[dict[str, Any]]:
    """What clients ask in January."""
    return _YEAR.sample(JANUARY, 400).instances


@cache
def february_requests() -> list[dict[str, Any]]:
    """What clients ask in the other February."""
    drawn = random.Random(2)
    asked = [instance for instance in _YEAR.sample(FEBRUARY, 2_000).instances if _stays(instance, drawn)]
    return asked[:: len(asked) // 400][:400]


def _stays(flight: dict[str, Any], drawn: random.Random) -> bool:
    return flight["origin"] == "EWR" or drawn.random() >= _MOVED_AWAY


def _late(row: dict[str, str], drawn: random.Random) -> str:
    late = float(row["distance"]) > _LONG_MILES
    return str(late != (drawn.random() < _EXCEPTIONS))


def _outcomes(month: int) -> list[dict[str, str]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "flights.csv"
        _YEAR.write_outcomes([month], path)
        with path.open(newline="") as file:
            return list(csv.DictReader(file))


def _sample(rows: list[dict[str, str]], size: int) -> list[dict[str, str]]:
    chosen = sorted(random.Random(0).sample(range(len(rows)), size))
    return [rows[place] for place in chosen]


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
