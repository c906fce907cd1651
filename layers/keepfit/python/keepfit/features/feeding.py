"""Records made by Python, read by DuckDB as a file, without ever being one."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from keepfit.features.records import Batch

_POLL_S = 0.002


class Feed:
    """A named pipe at ``path`` that a thread fills; ``records`` counts what was written."""

    def __init__(self, path: Path, batches: Iterable[Batch]) -> None:
        self.path = path
        self.records = 0
        self._batches = batches
        self._failure: Exception | None = None
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        os.mkfifo(self.path)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, whether its records were wanted or not."""
        self._unwanted.set()
        self._thread.join()
        self.path.unlink()

    def check(self) -> None:
        """Raises what went wrong while records were made: then the reader saw an early end."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            pipe = self._opened()
            if pipe is None:
                return
            with os.fdopen(pipe, "wb") as stream:
                for batch in self._batches:
                    stream.write(batch.text.encode())
                    self.records += batch.size
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
def fed(path: Path, batches: Iterable[Batch]) -> Iterator[Feed]:
    """A pipe at ``path`` that gives ``batches`` to one reader.

    Raises:
        Exception: what making the batches raised, rather than what the reader made of the early end.
    """
    feed = Feed(path, batches)
    feed.start()
    try:
        yield feed
    except Exception:
        feed.stop()
        feed.check()
        raise
    feed.stop()
    feed.check()
