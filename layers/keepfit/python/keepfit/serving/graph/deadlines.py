"""Calls with a deadline, in threads of which a node never has more than a few."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any, Final, NamedTuple

from keepfit.errors import InvalidOutput

MAX_THREADS: Final = 4
"""Of one node: calls that were given up still run, and none is begun while so many do."""


class Result(NamedTuple):
    """What a call gave, or the error that it raised, and how long it took."""

    value: Any
    error: Exception | None
    seconds: float


class Call:
    """A call that has begun; what it gives after its deadline goes nowhere."""

    __slots__ = ("_deadline_ms", "_ends_at", "_reply")

    def __init__(self, reply: SimpleQueue[Result], deadline_ms: int) -> None:
        self._reply, self._deadline_ms = reply, deadline_ms
        self._ends_at = perf_counter() + deadline_ms / 1000

    def result(self) -> Result:
        """What it gives in time. Raises InvalidOutput where it is late."""
        try:
            return self._reply.get(timeout=max(0.0, self._ends_at - perf_counter()))
        except Empty:
            raise InvalidOutput(f"it did not answer within {self._deadline_ms} ms") from None


class DeadlineThreads:
    """The threads of one node, made when they are needed and kept; a process ends without them."""

    __slots__ = ("_idle", "_most", "_threads")

    def __init__(self, most: int = MAX_THREADS) -> None:
        self._most, self._threads = most, 0
        self._idle: SimpleQueue[SimpleQueue[_Job]] = SimpleQueue()

    def begin(self, call: Callable[[], Any], deadline_ms: int) -> Call:
        """Begins a call. Raises InvalidOutput where earlier ones, given up since, hold every thread."""
        reply: SimpleQueue[Result] = SimpleQueue()
        try:
            jobs = self._idle.get_nowait()
        except Empty:
            jobs = self._thread()
        jobs.put(_Job(call, reply))
        return Call(reply, deadline_ms)

    def _thread(self) -> SimpleQueue[_Job]:
        if self._threads == self._most:
            raise InvalidOutput(f"it has not ended {self._most} calls that were given up, and takes no more")
        self._threads += 1
        jobs: SimpleQueue[_Job] = SimpleQueue()
        threading.Thread(target=self._work, args=(jobs,), name="keepfit-node", daemon=True).start()
        return jobs

    def _work(self, jobs: SimpleQueue[_Job]) -> None:
        while True:
            call, reply = jobs.get()
            started = perf_counter()
            try:
                value, error = call(), None
            except Exception as raised:  # noqa: BLE001  it belongs to who waits
                value, error = None, raised
            result = Result(value, error, perf_counter() - started)
            self._idle.put(jobs)
            reply.put(result)


class _Job(NamedTuple):
    call: Callable[[], Any]
    reply: SimpleQueue[Result]
