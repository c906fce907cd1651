"""Lines made by Python, read by DuckDB as a file, without ever being one."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.002


class Feed:
    """A named pipe at ``path`` that a thread fills; ``lines`` counts what was written."""

    def __init__(self, path: Path, blocks: Iterable[list[str]]) -> None:
        self.path = path
        self.lines = 0
        self._blocks = blocks
        self._failure: Exception | None = None
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        os.mkfifo(self.path)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, whether its lines were wanted or not."""
        self._unwanted.set()
        self._thread.join()
        self.path.unlink()

    def check(self) -> None:
        """Raises what went wrong while lines were made: then the reader saw an early end."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def failed(self) -> bool:
        return self._failure is not None

    def _run(self) -> None:
        try:
            pipe = self._opened()
            if pipe is None:
                return
            with os.fdopen(pipe, "wb") as stream:
                for block in self._blocks:
                    if block:
                        stream.write("\n".join(block).encode() + b"\n")
                        self.lines += len(block)
        except BrokenPipeError:
            return  # the reader gave up, and says why itself
        except Exception as error:  # noqa: BLE001 - it belongs to the thread that reads
            self._failure = error

    def _opened(self) -> int | None:
        """The pipe, as soon as somebody reads it; an ordinary open would wait for ever where nobody does."""
        while not self._unwanted.is_set():
            try:
                pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                time.sleep(_POLL_S)
            else:
                os.set_blocking(pipe, True)
                return pipe
        return None


@contextmanager
def fed(path: Path, blocks: Iterable[list[str]]) -> Iterator[Feed]:
    """A pipe at ``path`` that gives ``blocks`` to one reader.

    Raises:
        Exception: what making the blocks raised, rather than what the reader made of the early end.
    """
    feed = Feed(path, blocks)
    feed.start()
    try:
        yield feed
    except Exception:
        feed.stop()
        feed.check()
        raise
    feed.stop()
    feed.check()
