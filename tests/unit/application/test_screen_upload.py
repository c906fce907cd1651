"""An upload that was tampered with stands out of those before it, and one of a world that drifts does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keepfit.adapters.duckdb.upload_tables import DuckdbUploadTables
from keepfit.features.database import database
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.monitoring.screening.screen import screen

ROWS, EARLIER = 800, 5
DEFINITION = DatasetDefinition(
    event_time="moment",
    fields={
        "moment": Field(type="timestamp"),
        "city": Field(type="category"),
        "fare": Field(type="category", nullable=True),
        "warmth": Field(type="float", nullable=True),
        "distance": Field(type="float"),
        "late": Field(type="bool", nullable=True),
    },
)
Tamper = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def honest(number: int, seed: int = 0) -> pd.DataFrame:
    """The upload of a month: warmer ones come, cities grow, and more is late in the cold."""
    random = np.random.default_rng([seed, number])
    warmth = random.normal(4 + 3 * number, 4, ROWS)
    city = random.choice(
        ["north", "south", "east", "west"], ROWS, p=[0.4 - 0.03 * number, 0.2 + 0.03 * number, 0.2, 0.2]
    )
    distance = random.lognormal(6, 0.5, ROWS)
    odds = 0.12 + 0.35 * (city == "north") + 0.25 * (distance > 600) + 0.05 * (number % 3)
    start = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=30 * number)
    return pd.DataFrame(
        {
            "moment": [start + timedelta(minutes=int(minute)) for minute in random.integers(0, 43_000, ROWS)],
            "city": city,
            "fare": random.choice(["saver", "flexible", "business"], ROWS),
            "warmth": np.where(random.random(ROWS) < 0.05, np.nan, warmth),
            "distance": distance,
            "late": pd.array(random.random(ROWS) < odds, dtype="boolean"),
        }
    )


def anomalies(folder: Path, uploads: list[pd.DataFrame]) -> list[str]:
    tables = DuckdbUploadTables(definition=DEFINITION, labels=["late"])
    paths = [folder / f"{number}.parquet" for number in range(len(uploads))]
    with database(folder, memory_mb=200) as connection:
        for upload, path in zip(uploads, paths, strict=True):
            connection.from_df(upload).write_parquet(str(path))
    return [f"{found.column} {found.reason}" for found in screen(tables.count(paths))]


def flipped(upload: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    late = upload["late"].to_numpy(dtype=bool)
    return upload.assign(late=pd.array(np.where(rows, ~late, late), dtype="boolean"))


_NEW_NAMES = [f"c{number}" for number in range(ROWS)]
TAMPERED: dict[str, tuple[Tamper, str]] = {
    "labels flipped": (lambda u, _: flipped(u, np.ones(ROWS, bool)), "late "),
    "half of the labels flipped": (lambda u, r: flipped(u, r.random(ROWS) < 0.5), "late "),
    "one class flipped": (lambda u, _: flipped(u, u["late"].to_numpy(dtype=bool)), "late is never true"),
    "labels of one city flipped": (lambda u, _: flipped(u, (u["city"] == "south").to_numpy()), "whose city is south"),
    "outcomes of one class": (lambda u, _: u.assign(late=pd.array([True] * ROWS)), "late is never false"),
    "one moment": (lambda u, _: u.assign(moment=u["moment"].iloc[0]), "event time is the same"),
    "one row again and again": (lambda u, _: pd.concat([u[:200], u[:1].loc[[0] * 600]]), "no value was in more than"),
    "another unit": (lambda u, _: u.assign(distance=u["distance"] * 1.609e3), "distance is above"),
    "a column that holds the answer": (
        lambda u, r: u.assign(warmth=20 + u["late"].astype(float) + r.normal(0, 0.01, ROWS)),
        "warmth tells late",
    ),
    "outliers": (
        lambda u, r: u.assign(distance=np.where(r.random(ROWS) < 0.5, 9e4, u["distance"])),
        "distance is above",
    ),
    "a few outliers": (
        lambda u, r: u.assign(distance=np.where(r.random(ROWS) < 0.12, 9e4, u["distance"])),
        "distance is above",
    ),
    "a unit that is not far": (
        lambda u, _: u.assign(distance=u["distance"] * 1.609),
        "distance is distributed otherwise",
    ),
    "new categories": (
        lambda u, r: u.assign(city=np.where(r.random(ROWS) < 0.6, _NEW_NAMES, u["city"])),
        "city is a value that was not there",
    ),
    "swapped columns": (lambda u, _: u.assign(city=u["fare"], fare=u["city"]), "city is a value that was not there"),
    "a column gone missing": (lambda u, _: u.assign(warmth=np.nan), "warmth is missing in 100%"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_poisoned_upload_stands_out_and_says_why(tmp_path: Path, kind: str) -> None:
    tamper, says = TAMPERED[kind]
    poisoned = tamper(honest(EARLIER), np.random.default_rng(1)).reset_index(drop=True)
    found = anomalies(tmp_path, [*map(honest, range(EARLIER)), poisoned])
    assert any(says in reason for reason in found), found


@pytest.mark.parametrize("seed", range(2))
def test_no_honest_upload_of_a_drifting_world_stands_out(tmp_path: Path, seed: int) -> None:
    uploads = [honest(number, seed) for number in range(EARLIER + 1)]
    found = [anomalies(tmp_path, uploads[: number + 1]) for number in range(len(uploads))]
    assert found == [[]] * len(uploads)


def test_few_rows_never_stand_out(tmp_path: Path) -> None:
    few = honest(EARLIER)[:40].assign(city="nowhere", late=pd.array([True] * 40, dtype="boolean"))
    assert anomalies(tmp_path, [*map(honest, range(EARLIER)), few]) == []
