"""Fargate task: serves one release of a model until a signal ends it.

Its variables name the release.
"""

from __future__ import annotations

import sys

from keepfit.errors import KeepfitError
from keepfit.runtime.serve_release import serve_release


def main() -> int:
    """Returns 0 once what has begun is answered, or 1 where the release cannot be loaded."""
    try:
        serve_release()
    except KeepfitError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)  # noqa: T201 -- a task's output is its log
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
