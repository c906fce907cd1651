"""One way of doing a thing, in a process of its own: does it when told to, and says what that took.

Needs nothing but the standard library, because the peers' environment holds no keepfit.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

_MEMORY = Path("/proc/self")


def take_turns(
    way: Callable[[], Any], *, answer: Callable[[Any], Mapping[str, float]], packages: tuple[str, ...]
) -> None:
    """For each line on stdin calls ``way`` and writes one JSON line of what it took; the first line says "ready".

    ``answer`` makes of a result the numbers that must be the same for all ways; it is not measured.
    """
    with os.fdopen(os.dup(1), "w", buffering=1) as out:
        os.dup2(2, 1)  # what a library prints is no figure
        print(json.dumps({"versions": {name: version(name) for name in packages}}), file=out)
        for _ in sys.stdin:
            result, figures = _measured(way)
            print(json.dumps({**figures, "answer": answer(result)}), file=out)


def _measured(way: Callable[[], Any]) -> tuple[Any, dict[str, float | None]]:
    """CPU time is that of all threads, the system's share included; memory is what came on top of what was there."""
    gc.collect()
    _forget_peak()
    before, cpu, wall = _kilobytes("VmRSS"), time.process_time(), time.perf_counter()
    result = way()
    cpu, wall, peak = time.process_time() - cpu, time.perf_counter() - wall, _kilobytes("VmHWM")
    above = None if peak is None or before is None else max(0, peak - before) * 1024
    return result, {"cpu_seconds": cpu, "wall_seconds": wall, "peak_bytes": above}


def _forget_peak() -> None:
    if _MEMORY.exists():
        (_MEMORY / "clear_refs").write_text("5")


def _kilobytes(name: str) -> int | None:
    """None where the system has no /proc."""
    if not _MEMORY.exists():
        return None
    lines = (_MEMORY / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
