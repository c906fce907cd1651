"""Holdouts: labels with outputs that know something of them."""

from __future__ import annotations

import numpy as np


def holdout(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) labels, a fifth of them true, and scores with many ties."""
    random = np.random.default_rng(seed)
    labels = random.random(rows) < 0.2
    return labels, np.round(0.3 * labels + random.random(rows), 3)
