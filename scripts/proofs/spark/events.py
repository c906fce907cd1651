"""Made-up rides: events that come late, are corrected, tied and repeated, with entities that are null."""

from __future__ import annotations

from pathlib import Path

import duckdb

DEFINITIONS = """
[dataset.visits]
event_time = "at"
[dataset.visits.fields]
at = { type = "timestamp" }
car = { type = "int", nullable = true }
zone = { type = "category", nullable = true }
late = { type = "bool" }
[dataset.rides]
event_time = "began"
known_at = "told"
[dataset.rides.fields]
began = { type = "timestamp" }
told = { type = "timestamp" }
car = { type = "int", nullable = true }
zone = { type = "category", nullable = true }
fare = { type = "float", nullable = true }
seats = { type = "int", nullable = true }
[dataset.states]
event_time = "at"
known_at = "told"
key = ["car", "at"]
[dataset.states.fields]
at = { type = "timestamp" }
told = { type = "timestamp" }
car = { type = "int" }
charge = { type = "float", nullable = true }
[feature_view.ride]
dataset = "rides"
entity = ["car", "zone"]
latest = ["fare", "seats"]
delay = "10m"
ttl = "60d"
where = "seats IS NULL OR seats < 4"
[feature_view.ride.aggregates]
rides = { aggregate = "count", window = ["1d", "7d"] }
fares = { aggregate = "sum", of = "fare", window = ["1d", "7d"] }
mean = { aggregate = "mean", of = "fare", window = "7d" }
spread = { aggregate = "std", of = "fare", window = "7d" }
least = { aggregate = "min", of = "fare", window = "7d" }
most = { aggregate = "max", of = "seats", window = "7d" }
newest = { aggregate = "last", of = "fare", window = "7d" }
oldest = { aggregate = "first", of = "fare", window = "7d" }
sizes = { aggregate = "distinct", of = "seats", window = "7d" }
pairs = { aggregate = "share_of", of = "seats", value = 2, window = "7d" }
median = { aggregate = "quantile", q = 0.5, of = "fare", window = "7d" }
dear = { aggregate = "count", of = "fare", window = "7d", where = "fare > 50" }
[feature_view.state]
dataset = "states"
entity = ["car"]
latest = ["charge"]
ttl = "30d"
[feature_view.state.aggregates]
states = { aggregate = "count", window = "7d" }
charges = { aggregate = "sum", of = "charge", window = "7d" }
[model.lateness]
dataset = "visits"
label = "late"
inputs = ["at"]
features = ["ride:*", "state:*"]
derive.rise = "fares_1d - fares_7d"
[model.lateness.training]
max_rows = 1000000
"""
VIEWS = 2
_ROWS_PER_FILE = 5_000_000
_YEAR_S = 365 * 86400


def write_datasets(folder: Path, *, events: int, rows: int) -> dict[str, list[Path]]:
    """The parts of each dataset: events, a tenth of them states of cars, and rows that ask."""
    cars = max(events // 400, 10)
    parts: dict[str, list[Path]] = {"visits": [], "rides": [], "states": []}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rides, states = events - events // 10, events // 10
        for dataset, count, made in (
            ("visits", rows, _visits(cars)),
            ("rides", rides, _rides(cars)),
            ("states", states, _states(cars)),
        ):
            for first in range(0, count, _ROWS_PER_FILE):
                path = folder / f"{dataset}-{first}.parquet"
                numbers = f"SELECT range AS n FROM range({first}, {min(first + _ROWS_PER_FILE, count)})"
                lineage = (
                    f"'{path.stem}' AS _source_sha256, n AS _source_row, "
                    "TIMESTAMPTZ '2027-06-01' AS _uploaded_at, TIMESTAMPTZ '2027-06-01' AS _ingested_at"
                )
                connection.execute(
                    f"COPY (SELECT {made}, {lineage} FROM ({numbers})) TO '{path}' (FORMAT parquet)"
                )
                parts[dataset].append(path)
    return parts


def _drawn(what: str, of: str = "n") -> str:
    """A number below 2**32, the same for the same number and purpose."""
    return f"(hash({of}, '{what}') >> 32)"


def _moment(what: str, of: str = "n") -> str:
    """A minute of the year: many are the same."""
    return f"TIMESTAMPTZ '2026-01-01' + to_minutes(CAST({_drawn(what, of)} % {_YEAR_S // 60} AS BIGINT))"


def _visits(cars: int) -> str:
    car = f"CASE WHEN {_drawn('none')} % 100 > 0 THEN CAST({_drawn('car')} % {cars} AS BIGINT) END AS car"
    zone = f"CASE WHEN {_drawn('nowhere')} % 100 > 0 THEN 'zone ' || {_drawn('zone')} % 2 END AS zone"
    return f"{_moment('at')} AS at, {car}, {zone}, {_drawn('late')} % 3 = 0 AS late"


def _rides(cars: int) -> str:
    """One of fifty repeats the one before, one of four is known later, others were announced."""
    of = "(n - CAST(hash(n, 'again') % 50 = 0 AS BIGINT))"
    delayed = (
        f"CASE {_drawn('told', of)} % 8 WHEN 0 THEN {_drawn('days', of)} % 14400 WHEN 1 THEN {_drawn('days', of)} % 60 "
        f"WHEN 2 THEN -CAST({_drawn('days', of)} % 3000 AS BIGINT) ELSE 0 END"
    )
    began = _moment("began", of)
    car = f"CASE WHEN {_drawn('none', of)} % 100 > 0 THEN CAST({_drawn('car', of)} % {cars} AS BIGINT) END AS car"
    zone = f"CASE WHEN {_drawn('nowhere', of)} % 100 > 0 THEN 'zone ' || {_drawn('zone', of)} % 2 END AS zone"
    fare = f"CASE WHEN {_drawn('free', of)} % 20 > 0 THEN ({_drawn('fare', of)} % 10000) / 100.0 END AS fare"
    seats = f"CASE WHEN {_drawn('untold', of)} % 10 > 0 THEN CAST({_drawn('seats', of)} % 5 AS BIGINT) END AS seats"
    return f"{began} AS began, {began} + to_minutes(CAST({delayed} AS BIGINT)) AS told, {car}, {zone}, {fare}, {seats}"


def _states(cars: int) -> str:
    """One of five corrects the one before, minutes or days later."""
    of = "(n - CAST(hash(n, 'corrects') % 5 = 0 AS BIGINT))"
    at = _moment("at", of)
    told = f"{at} + to_minutes(CAST(CASE WHEN n = {of} THEN 0 ELSE {_drawn('later')} % 10000 END AS BIGINT)) AS told"
    charge = f"CASE WHEN {_drawn('unknown')} % 20 > 0 THEN ({_drawn('charge')} % 1000) / 7.0 END AS charge"
    return f"{at} AS at, {told}, CAST({_drawn('car', of)} % {cars} AS BIGINT) AS car, {charge}"
