"""Names for predictions, by which their outcomes are told later."""

from __future__ import annotations

import os

_BYTES = 16
_AT_ONCE = 256


class PredictionIds:
    """128 random bits each, so that nobody can guess, and answer for, another client's prediction.

    The system is asked for many at a time, and not before the first is needed: a process that is started from a copy
    of another's memory must not go on with the other's. For one thread.

    >>> len(PredictionIds().take(3)[0])
    32
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def take(self, count: int) -> list[str]:
        """``count`` >= 1 of them, in lower-case hex; no one is given out twice."""
        waiting = self._waiting
        if len(waiting) < count:
            random = os.urandom(_BYTES * max(count, _AT_ONCE))
            waiting += random.hex(" ", _BYTES).split(" ")
        taken = waiting[-count:]
        del waiting[-count:]
        return taken
