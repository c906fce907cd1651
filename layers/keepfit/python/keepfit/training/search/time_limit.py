"""A limit on the time of a fit that nothing else would end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeLimitReached(BaseException):
    """A fit took too long; no ``except Exception`` of a library or of own code keeps it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raises TimeLimitReached in its block after so many seconds; None, and other threads, have no limit.

    What runs outside Python ends first: steps and trees of boosting and forests do, one by one.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise(_signal: int, _frame: FrameType | None) -> None:
    raise TimeLimitReached
