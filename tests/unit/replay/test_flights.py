"""The data that the demo plays with, as clients and upstream systems hold it."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cli.checkout import ROOT
from keepfit.definitions import compiling
from replay.flights import INPUTS, WEATHER, Year

SAMPLE = 300


@pytest.fixture(scope="module")
def year() -> Year:
    return Year(seed=7)


def test_the_same_seed_draws_the_same_flights_and_another_seed_others(year: Year) -> None:
    drawn = year.sample(3, SAMPLE)
    assert drawn.instances == Year(seed=7).sample(3, SAMPLE).instances
    assert drawn.instances != Year(seed=8).sample(3, SAMPLE).instances


def test_requests_come_in_order_of_departure(year: Year) -> None:
    departures = [instance["scheduled_departure"] for instance in year.sample(3, SAMPLE).instances]
    assert departures == sorted(departures)


def test_a_client_knows_no_weather_younger_than_two_hours_before_departure(
    year: Year, tmp_path: Path
) -> None:
    year.write_weather([2, 3], tmp_path / "weather.csv")
    seen = _by_origin(tmp_path / "weather.csv")
    for instance in year.sample(3, SAMPLE).instances:
        known = _instant(instance["scheduled_departure"]) - timedelta(hours=2)
        times = [at for at in seen[instance["origin"]] if known - timedelta(hours=6) <= at <= known]
        expected = seen[instance["origin"]][max(times)] if times else dict.fromkeys(WEATHER)
        assert {name: instance[name] for name in WEATHER} == expected


def test_the_last_day_is_kept_out_of_the_upload_and_comes_by_the_hour(year: Year, tmp_path: Path) -> None:
    whole = year.write_outcomes([1, 2], tmp_path / "flights.csv")
    kept_out = whole - year.write_outcomes([1, 2], tmp_path / "flights.csv", last_day=False)
    hours = year.last_day(2, 50)
    rows = [row for hour in hours for row in hour.flights]
    assert 0.5 * kept_out < len(rows) <= kept_out
    uploaded = (tmp_path / "flights.csv").read_text()
    assert not any(f"{row['scheduled_departure']},{row['arrived_at']}" in uploaded for row in rows)
    for hour in hours:
        assert all(_instant(row["arrived_at"]) < hour.ends for row in hour.flights)
        assert all(_instant(row["observed_at"]) < hour.ends for row in hour.weather)
        ahead = [_instant(one["scheduled_departure"]) - timedelta(hours=2) for one in hour.keys]
        assert all(hour.ends - timedelta(hours=1) <= at < hour.ends for at in ahead)
        assert [{name: one[name] for name in INPUTS} for one in hour.whole] == [
            {name: one[name] for name in INPUTS} for one in hour.keys
        ]
    assert 50 <= sum(len(hour.keys) for hour in hours) < 60


def test_traffic_during_a_release_is_none_of_the_months_sample(year: Year) -> None:
    sampled, others = year.sample(4, 20_000).instances, year.others(4, 20_000, SAMPLE).instances
    whole = year.sample(4, None).instances
    assert len(others) == SAMPLE
    assert len(whole) > len(sampled) + len(others)
    assert sum(instance in others for instance in sampled[:SAMPLE]) < SAMPLE


def test_flights_that_never_arrived_have_no_outcome(year: Year) -> None:
    requests = year.sample(2, None)
    late = requests.late
    assert len(requests.known_at) == len(late)
    assert set(map(len, requests.known_at)) == {len("2013-02-01T00:00:00Z")}
    assert 0 < np.isnan(late).sum() < len(late) / 10
    assert set(late[~np.isnan(late)]) == {0.0, 1.0}


def test_uploads_hold_the_fields_that_the_definitions_name(year: Year, tmp_path: Path) -> None:
    datasets = compiling.load(ROOT / "models").dataset
    for dataset, write in (("flights", year.write_outcomes), ("weather", year.write_weather)):
        rows = write([1], tmp_path / f"{dataset}.csv")
        with (tmp_path / f"{dataset}.csv").open() as file:
            header, *lines = csv.reader(file)
        assert set(header) == set(datasets[dataset].fields)
        assert len(lines) == rows


def _by_origin(path: Path) -> dict[str, dict[datetime, dict[str, float | None]]]:
    seen: dict[str, dict[datetime, dict[str, float | None]]] = {}
    with path.open() as file:
        for row in csv.DictReader(file):
            values = {name: float(row[name]) if row[name] else None for name in WEATHER}
            seen.setdefault(row["origin"], {})[_instant(row["observed_at"])] = values
    return seen


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
