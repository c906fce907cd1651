"""Times ways to do the same in turns within one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def best_in_turns(
    ways: Mapping[str, Callable[[], object]], *, rounds: int, seconds: float
) -> dict[str, float]:
    """The best mean of any round per way, in seconds; the ways take turns."""
    loops = {name: max(1, int(seconds / _once(way))) for name, way in ways.items()}
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            way()  # so that nobody's turn pays for the caches that the one before left
            began = time.thread_time()
            for _ in range(loops[name]):
                way()
            best[name] = min(best[name], (time.thread_time() - began) / loops[name])
    return best


def _once(way: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(20):
        began = time.thread_time()
        way()
        best = min(best, time.thread_time() - began)
    return best
