"""A shift among many values shows, and two samples of the same many values do not differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keepfit.features.schema.cell_form import FieldType
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.profiles.profile import profile_of

STATIONS = np.array([f"Station {n:03}" for n in range(150)], dtype=object)
THRESHOLD = 0.25


def score(reference: Any, window: Any, kind: FieldType = "category") -> float:
    profile = profile_of({"x": reference}, {"x": kind})
    counted = profile.counts_of({"x": window})
    return compare(profile, counted, Threshold(limit=THRESHOLD, minimum_rows=1)).columns[0].drift_score


@pytest.mark.parametrize("rows", [200, 1000, 5000])
@pytest.mark.parametrize(
    "broken", ["lower-cased", "all ?", "one value", "half gone", "all unseen", "missing"]
)
def test_what_goes_wrong_with_150_stations_shows(broken: str, rows: int) -> None:
    random = np.random.default_rng(1)
    reference = random.choice(STATIONS, 10_000)
    window: list[Any] = {
        "lower-cased": [value.lower() for value in random.choice(STATIONS, rows)],
        "all ?": ["?"] * rows,
        "one value": ["Station 007"] * rows,
        "half gone": random.choice(STATIONS[:75], rows).tolist(),
        "all unseen": [f"Stop {n}" for n in random.integers(0, 150, rows)],
        "missing": [None] * rows,
    }[broken]
    assert score(reference, window) > THRESHOLD


def test_values_beyond_what_can_be_kept_show_when_they_become_one() -> None:
    ids = [f"{n:032x}" for n in range(20_000)]
    assert score(ids, ids[:1] * 500) > THRESHOLD
    assert score(ids, [f"{n:032x}" for n in range(20_000, 21_000)]) < THRESHOLD


@pytest.mark.parametrize("values", [2, 10, 150, 1000, 5000])
@pytest.mark.parametrize("shape", ["even", "few are frequent"])
def test_the_same_values_again_are_quiet(values: int, shape: str) -> None:
    random = np.random.default_rng(values)
    names = np.array([f"value {n}" for n in range(values)], dtype=object)
    weights = np.ones(values) if shape == "even" else 1 / np.arange(1, values + 1)
    shares = weights / weights.sum()
    scores = [
        score(random.choice(names, reference, p=shares), random.choice(names, rows, p=shares))
        for reference in (500, 2000, 20_000)
        for rows in (200, 1000, 10_000)
        for _ in range(3)
    ]
    assert max(scores) < THRESHOLD


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("float", [5.0] * 2000, [6.0] * 300),
        ("float", [5.0] * 2000, [None] * 300),
        ("float", [None] * 2000, [1.0] * 300),
        ("category", [None] * 2000, ["A"] * 300),
        ("int", [0, 1] * 1000, [0, 100] * 150),
        ("float", [0.0] * 100 + [1.0] * 1900, [0.5] * 300),
        ("float", np.linspace(0, 1, 2000), [*np.linspace(0, 0.9, 240), *[50.0] * 60]),
        ("bool", [True] * 2000, [False] * 300),
        ("bool", [True, False] * 1000, [True] * 300),
    ],
)
def test_a_column_that_becomes_something_else_shows(kind: FieldType, before: Any, after: Any) -> None:
    assert score(before, after, kind) > THRESHOLD
