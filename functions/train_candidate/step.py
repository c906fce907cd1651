"""Fargate task: trains a candidate, measures trials or selects features, as variables say.

The exit code says whether it succeeded.
"""

from __future__ import annotations

import os
import sys

from keepfit import variables
from keepfit.application.measure_trials import MeasuringTask
from keepfit.application.select_features import SelectionTask
from keepfit.application.train_candidate import CandidateTask
from keepfit.errors import Transient
from keepfit.runtime.measure_trials import measuring_task
from keepfit.runtime.select_features import selection_task
from keepfit.runtime.train_candidate import candidate_task
from keepfit.training.search_definition import MEASURE_TRIALS
from keepfit.training.selection.selection import SELECT_FEATURES

# The state machine takes a task that failed for a candidate that cannot be trained: nobody else repeats it.
_MAX_ATTEMPTS = 3


def main() -> int:
    """Returns 0, or 1 where the step failed; the last line then is the error's class."""
    step = os.environ.get(variables.STEP)
    if step == SELECT_FEATURES:
        return _run(selection_task())
    return _run(measuring_task() if step == MEASURE_TRIALS else candidate_task())


def _run(task: CandidateTask | MeasuringTask | SelectionTask) -> int:
    attempts_left = _MAX_ATTEMPTS
    while True:
        attempts_left -= 1
        try:
            task.run(lambda line: print(line, flush=True))  # noqa: T201 -- a task's standard output is its log
        except Exception as error:  # noqa: BLE001 -- whatever it is, Judge is to read why there is no candidate
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)  # noqa: T201
            if not attempts_left or not isinstance(error, Transient):
                task.fail(error)
                return 1
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main())
