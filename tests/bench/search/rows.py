"""The rows that searches learn from: 21 numbers, six of them whole, and a noisy answer with interactions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COLUMNS = 21
_TEST_ROWS = 100_000


def write(folder: Path, rows: int) -> None:
    """``train`` and ``test`` features and labels, as numpy files."""
    random = np.random.default_rng(100)
    for part, count in (("train", rows), ("test", _TEST_ROWS)):
        features, labels = _draw(random, count)
        np.save(folder / f"{part}_features.npy", features)
        np.save(folder / f"{part}_labels.npy", labels)


def read(folder: Path, part: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(rows, columns) and (rows,) of ``train`` or ``test``."""
    return np.load(folder / f"{part}_features.npy"), np.load(folder / f"{part}_labels.npy")


def _draw(random: np.random.Generator, rows: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    x = random.normal(size=(rows, COLUMNS))
    x[:, 15:] = random.integers(0, 12, size=(rows, COLUMNS - 15))
    score = (
        0.8 * x[:, 0]
        - 0.6 * x[:, 1] * x[:, 2]
        + 0.7 * np.sin(2 * x[:, 3])
        + 0.5 * (x[:, 15] > 6) * x[:, 4]
        + 0.4 * x[:, 5] ** 2
        - 0.3 * np.abs(x[:, 6])
        + 0.25 * (x[:, 16] % 3 == 0)
        + 0.3 * x[:, 7] * x[:, 8] * (x[:, 17] < 4)
    )
    return x.astype(np.float32), random.random(rows) < 1 / (1 + np.exp(-(score - 0.6)))
