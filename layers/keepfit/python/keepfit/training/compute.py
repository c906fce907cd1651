"""Which service trains a run's candidates, by how many values they learn from."""

from __future__ import annotations

from typing import Final

from keepfit.training.compute_definition import FARGATE, LAMBDA, ComputeName
from keepfit.training.definition import TrainingDefinition

_MAX_LAMBDA_MINUTES: Final = 10
"""A search leaves the third of Lambda's 15 minutes to the fit and the explanation after it."""


def compute_of(training: TrainingDefinition, *, rows: int, columns: int) -> ComputeName:
    """What runs the training image for so many rows and columns that train.

    >>> training = TrainingDefinition()
    >>> compute_of(training, rows=100_000, columns=50), compute_of(training, rows=100_001, columns=50)
    ('lambda', 'fargate')
    """
    asked = training.compute
    if asked.on != "auto":
        return asked.on
    fits = rows * columns <= asked.max_lambda_values and _search_fits(training)
    return LAMBDA if fits else FARGATE


def _search_fits(training: TrainingDefinition) -> bool:
    """Whether a search, if there is one, ends within an invocation; workers have one for each round."""
    search = training.search
    return search is None or search.workers > 1 or search.minutes <= _MAX_LAMBDA_MINUTES
