"""Fargate task: a step of a run that needs the training image, as variables say.

The exit code says whether it succeeded.
"""

from __future__ import annotations

import sys

from keepfit.application.training_step import run_step
from keepfit.runtime.training_step import request_of_environment, training_step


def main() -> int:
    """Returns 0, or 1 where the step failed; the last line then is the error's class."""
    step = training_step(request_of_environment())
    try:
        run_step(step, lambda line: print(line, flush=True))  # noqa: T201 -- a task's standard output is its log
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is recorded, and the state machine sees the code
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
