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
    """The median of whole numbers, and of all else the first, of what the fit of each fold chose."""
    return {
        name: value if isinstance(value, bool) else int(np.median([each[name] for each in chosen]))
        for name, value in chosen[0].items()
    }
