"""Early stopping: the rows that may stop a fit, and the steps that several folds agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import CandidateDefinition
from keepfit.training.trials.fit_candidate import stops_early

MIN_ROWS: Final = 50
"""With fewer rows that validate, nothing is chosen by them."""


def may_stop(candidate: CandidateDefinition, task: TrainingTask, *, rows: int, validating: int) -> bool:
    """Whether ``validating`` rows are enough to stop the candidate's fit on ``rows``, which it allows."""
    return validating >= MIN_ROWS and stops_early(candidate, task, rows)


def agreed_parameters(chosen: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What folds agree on: the median of whole numbers, the mean of weights, the first of all else."""
    return {name: _agreed([each[name] for each in chosen]) for name in chosen[0]}


def _agreed(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, bool):
        return first
    if isinstance(first, Mapping):
        return {name: float(np.mean([each[name] for each in values])) for name in first}
    return int(np.median(values))
