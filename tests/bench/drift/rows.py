"""The rows whose drift is measured: a reference and a window of 14 numbers and 7 categories, seeded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NUMBERS = [f"number_{n:02}" for n in range(14)]
CATEGORIES = [f"category_{n}" for n in range(7)]
WITH_NULLS = [*NUMBERS[:4], *CATEGORIES[:2]]
WITH_UNSEEN = CATEGORIES[2:4]
WITH_RARE = CATEGORIES[4:5]
# What these hold has a bin of its own in every way to count categories, so all must agree on them.
PLAIN = CATEGORIES[5:]
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30


def reference(rows: int) -> pd.DataFrame:
    return _rows(rows, seed=1, moved=0.0)


def window(rows: int) -> pd.DataFrame:
    """Later columns moved more; two categories have values that the reference never had."""
    return _rows(rows, seed=2, moved=0.05)


def event_times(rows: int) -> list[datetime]:
    return [START + timedelta(days=DAYS) * (n / rows) for n in range(rows)]


def _rows(rows: int, *, seed: int, moved: float) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    columns: dict[str, NDArray[np.generic]] = {
        name: np.round(random.normal(n * moved, 1, rows) * 10 ** (n % 3), 4) for n, name in enumerate(NUMBERS)
    }
    for n, name in enumerate(CATEGORIES):
        columns[name] = _categories(random, rows, values=3 + 5 * n, moved=moved, name=name)
    frame = pd.DataFrame(columns)
    for name in WITH_NULLS:
        frame.loc[random.random(rows) < 0.05 + moved, name] = None
    return frame


def _categories(
    random: np.random.Generator, rows: int, *, values: int, moved: float, name: str
) -> NDArray[np.generic]:
    weights = 1 + np.arange(values) / values * (1 + 10 * moved)
    texts = np.array([f"{name}={value}" for value in range(values)], dtype=object)
    chosen = random.choice(texts, rows, p=weights / weights.sum())
    if name in WITH_RARE:
        chosen[random.random(rows) < 0.02] = "rare"
        chosen[chosen == "rare"] = [f"rare {n}" for n in random.integers(0, 20, (chosen == "rare").sum())]
    if moved and name in WITH_UNSEEN:
        chosen[random.random(rows) < 0.02] = "unseen"
    return chosen
