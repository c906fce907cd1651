"""Random ids of predictions, by which clients later report outcomes."""

from __future__ import annotations

import os

_BYTES = 16
_BATCH = 256


class PredictionIds:
    """Draws ids of 128 random bits, so that another client's prediction cannot be guessed.

    The system is asked for many at a time, and not before the first is needed: a process that is started from a copy
    of another's memory must not go on with the other's. For one thread.

    >>> len(PredictionIds().take(3)[0])
    32
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def take(self, count: int) -> list[str]:
        """Draws ``count`` >= 1 ids in lower-case hex, each returned once."""
        waiting = self._waiting
        if len(waiting) < count:
            random = os.urandom(_BYTES * max(count, _BATCH))
            waiting += random.hex(" ", _BYTES).split(" ")
        taken = waiting[-count:]
        del waiting[-count:]
        return taken
