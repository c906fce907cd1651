"""Encoded rows as training reads them: two categories, three numbers, one of which is often missing."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import LISTINGS as TASKS
from keepfit.evaluation.tasks.registry import rehearsed
from keepfit.features.schema.signature import Column, Signature
from keepfit.training.recipes.registry import LISTINGS as RECIPES
from keepfit.training.recipes.registry import OWN_CODE
from keepfit.training.trials.trial import Rows
from keepfit.training.trials.validation import Folds, Table, encode_folds

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


_NAMES: Final = ("a", "b", "c")


def signature_of(kind: str) -> Signature:
    """The signature of ``stored``."""
    columns = [Column(name=name, source="input", type="float", nullable=True) for name in _NAMES]
    return Signature(model="m", label="l", event_time=None, columns=columns, task=task_of(kind).spec)


def stored(kind: str, folds: int) -> Table:
    """1,000 rows of three numbers, all of which validate in one of some folds, or a fifth in the only one."""
    made, random = rows(1000, kind=kind), np.random.default_rng(0)
    fold = random.integers(1, folds + 1, 1000) if folds > 1 else (random.random(1000) < 0.2).astype(np.int64)
    numbers = np.ma.masked_invalid(made.features[:, 2:].astype(np.float64))
    columns = {name: numbers[:, place] for place, name in enumerate(_NAMES)}
    return Table(columns=columns, labels=made.labels, fold=fold, from_fold=np.ones(1000, np.int64))


def folds_of(kind: str, folds: int) -> Folds:
    """``stored``, encoded."""
    table = stored(kind, folds)
    encoded = encode_folds(table, table, signature=signature_of(kind), task=task_of(kind), seed=0)
    assert encoded is not None
    return encoded
