"""Three tables that come in uploads: one of real flights, two that are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from replay.flights import data_file

TIME, LABEL = "at", "label"
_START = pd.Timestamp("2013-01-01", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A table whose rows come in uploads.

    Args:
        name: of its dataset and model.
        fields: its columns beside time and label, with their types.
        rows: (seed, first row, number of rows, how far the world has drifted) to rows in the order of their time.
        number: a number that tells much, for units and outliers; with the largest value that is valid.
        other: another number, to be swapped with it.
        slices: the category by which slices are.
    """

    name: str
    fields: dict[str, str]
    rows: Callable[[int, int, int, float], pd.DataFrame]
    number: str
    other: str
    slices: str
    bound: float


def _times(first: int, count: int) -> pd.DatetimeIndex:
    return _START + pd.to_timedelta(np.arange(first, first + count) * 30, unit="min")


def _labelled(table: pd.DataFrame, logit: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    return table.assign(**{LABEL: random.random(len(table)) < 1 / (1 + np.exp(-logit))})


def _loans(seed: int, first: int, count: int, drift: float) -> pd.DataFrame:
    """Loans: the poorer and the longer, the likelier they fail; with drift by their term."""
    random = np.random.default_rng([seed, first])
    income = np.exp(random.normal(10.3 + 0.1 * drift, 0.5, count))
    months = random.choice([12.0, 24.0, 36.0, 60.0], count)
    amount = np.exp(random.normal(9, 0.6, count))
    region = random.choice(["north", "south", "east", "west"], count, p=[0.4, 0.3, 0.2, 0.1])
    logit = -1.0 - (1.6 - 0.8 * drift) * (np.log(income) - 10.3) + (0.5 + 0.8 * drift) * (months - 36) / 18
    logit += 0.6 * (np.log(amount) - 9) + 0.8 * (region == "south")
    table = pd.DataFrame(
        {TIME: _times(first, count), "income": income, "months": months, "amount": amount, "region": region}
    )
    return _labelled(table, logit, random)


def _machines(seed: int, first: int, count: int, drift: float) -> pd.DataFrame:
    """Machines: the hotter and the older, the likelier they fail; it is warmer in summer."""
    random = np.random.default_rng([seed, first, 1])
    season = 10 * np.sin(np.arange(first, first + count) * 2 * np.pi / 17520)
    heat = random.normal(70, 8, count) + season
    hours = random.gamma(2.0, 2000.0, count)
    shaking = random.gamma(3.0, 1.0, count)
    kind = random.choice(["press", "lathe", "mill"], count, p=[0.5, 0.3, 0.2])
    logit = -1.5 + (0.14 - 0.08 * drift) * (heat - season - 70) + (hours - 4000) / 2500
    logit += np.where(kind == "mill", 1.2, 0.0) + (0.15 + 0.5 * drift) * (shaking - 3)
    table = pd.DataFrame(
        {TIME: _times(first, count), "heat": heat, "hours": hours, "shaking": shaking, "kind": kind}
    )
    return _labelled(table, logit, random)


@lru_cache(maxsize=4)
def _drawn_flights(seed: int) -> pd.DataFrame:
    flights = pd.read_csv(data_file("flights.csv.zip")).dropna(subset=["arr_delay", "dep_time"])
    drawn = flights.sample(40_000, random_state=seed)
    return drawn.sort_values(["time_hour", "sched_dep_time", "flight"], ignore_index=True)


def _flights(seed: int, first: int, count: int, drift: float) -> pd.DataFrame:
    """Flights out of New York in 2013, drawn from each day; drift makes mornings late."""
    rows = _drawn_flights(seed).iloc[first : first + count]
    hour = rows["sched_dep_time"].to_numpy() // 100
    late = rows["arr_delay"].to_numpy() > 15
    random = np.random.default_rng([seed, first, 2])
    late ^= (random.random(len(rows)) < 0.5 * drift) & (hour < 11) & ~late
    return pd.DataFrame(
        {
            TIME: pd.to_datetime(rows["time_hour"], utc=True).to_numpy(),
            "carrier": rows["carrier"].to_numpy(),
            "origin": rows["origin"].to_numpy(),
            "distance": rows["distance"].to_numpy().astype(float),
            "hour": hour.astype(float),
            "waited": rows["dep_delay"].to_numpy().astype(float).clip(-20, 60),
            LABEL: late,
        }
    )


_NUMBERS = dict.fromkeys
WORLDS = (
    World(
        name="flights",
        fields={
            "carrier": "category",
            "origin": "category",
            **_NUMBERS(("distance", "hour", "waited"), "float"),
        },
        rows=_flights,
        number="waited",
        other="hour",
        slices="origin",
        bound=1e4,
    ),
    World(
        name="loans",
        fields={**_NUMBERS(("income", "months", "amount"), "float"), "region": "category"},
        rows=_loans,
        number="income",
        other="amount",
        slices="region",
        bound=1e7,
    ),
    World(
        name="machines",
        fields={**_NUMBERS(("heat", "hours", "shaking"), "float"), "kind": "category"},
        rows=_machines,
        number="heat",
        other="shaking",
        slices="kind",
        bound=1e5,
    ),
)
