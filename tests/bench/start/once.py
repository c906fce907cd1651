"""One cold start: imports a handler, asks it once, prints what that took, and what it holds when it is warm.

`python -I -S once.py <JSON of the start>`

Needs nothing but the standard library, and sees nothing but the paths it is given: what a function sees on Lambda.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path


def main(start: str) -> None:
    """CPU time is the process's own, the interpreter's start and the system's share included; memory its peak."""
    told = json.loads(start)
    sys.path[:] = [*told["paths"], *sys.path]
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)  # what a handler logs is no figure
        handler = importlib.import_module(told["module"]).handler
        answer = handler(told["event"], None)
        figures = {
            "cpu_seconds": time.process_time(),
            "wall_seconds": time.monotonic() - told["began"],
            "peak_bytes": _bytes("VmHWM:"),
            "probability": json.loads(answer["body"])["probabilities"][0],
        }
        if told["requests"]:
            for _ in range(told["requests"]):
                handler(told["event"], None)
            figures["warm_bytes"] = _bytes("VmRSS:")
        print(json.dumps(figures), file=out)


def _bytes(of: str) -> int | None:
    """A figure of this process's memory; None where the system has no /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(of))


if __name__ == "__main__":
    main(sys.argv[1])
