"""Encoded rows as training reads them: two categories, three numbers, one of which is often missing."""

from __future__ import annotations

import numpy as np

from keepfit.training.trials.trial import Rows

CODE_SIZES = {0: 12, 1: 4}


def rows(count: int, *, seed: int = 0) -> Rows:
    random = np.random.default_rng(seed)
    features = np.column_stack(
        [
            random.integers(0, CODE_SIZES[0], count),
            random.integers(1, CODE_SIZES[1], count),
            random.normal(1000, 300, count),
            random.gamma(2, 3, count),
            np.where(random.random(count) < 0.3, np.nan, random.normal(0, 1, count)),
        ]
    ).astype(np.float32)
    missing = np.nan_to_num(features[:, 4], nan=-1.5)
    logit = 0.3 * (features[:, 0] - 6) + 0.2 * features[:, 3] * np.sin(features[:, 2] / 200) + missing - 1
    return Rows(
        features=features, labels=random.random(count) < 1 / (1 + np.exp(-logit)), code_sizes=CODE_SIZES
    )
