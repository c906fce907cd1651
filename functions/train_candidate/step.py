"""Fargate task: train one candidate of a run. Its environment says which; its exit code whether it worked."""

from __future__ import annotations

import sys

from keepfit.runtime.candidate import CandidateTask


def main() -> int:
    """0, or 1 where the candidate could not be trained; the last line then names the error's class."""
    task = CandidateTask.from_environment()
    try:
        task.run(lambda line: print(line, flush=True))  # noqa: T201 -- a task's standard output is its log
    except Exception as error:  # noqa: BLE001 -- whatever it is, Judge is to read why there is no candidate
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)  # noqa: T201
        task.fail(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
