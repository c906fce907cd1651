"""Encoded rows as training reads them: two categories, three numbers, one of which is often missing."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import LISTINGS as TASKS
from keepfit.evaluation.tasks.registry import rehearsed
from keepfit.training.recipes.registry import LISTINGS as RECIPES
from keepfit.training.recipes.registry import OWN_CODE
from keepfit.training.trials.trial import Rows

CODE_SIZES = {0: 12, 1: 4}

PAIRS: Final = [
    (kind, algorithm)
    for kind, task in TASKS.items()
    for algorithm, recipe in RECIPES.items()
    if task.estimator in recipe.estimators and algorithm != OWN_CODE
]
"""Every task with every algorithm that learns it."""


@cache
def task_of(kind: str) -> TrainingTask:
    """The task of ``rows``."""
    return rehearsed(kind, np.linspace(-1, 1, 300))[0]


def rows(count: int, *, seed: int = 0, kind: str = "binary") -> Rows:
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
    _, labels = rehearsed(kind, (logit + random.logistic(size=count)).astype(np.float64))
    return Rows(features=features, labels=labels, code_sizes=CODE_SIZES)
